import assert from "node:assert/strict";
import {
  packets,
  prop,
  property,
  RawClient,
  startTestBroker,
  statement,
  type TestBroker,
  uniqueName,
} from "../../kit/mod.ts";
import { expectRefused, refusal } from "./expect-refused.ts";
import { userFile } from "./user-file.ts";
import { watching } from "./watching.ts";

const version = 5;
const hour = [[prop.sessionExpiryInterval, 3600]] as const;

statement("5.0", "MQTT-3.1.3-1", "the fields of a CONNECT stand in the order of the standard", async () => {
  await using broker = await startTestBroker();
  const watcher = await watching(broker, "order/will");
  const client = await RawClient.connected(broker, version, {
    clientId: "order-client",
    will: {
      topic: "order/will",
      payload: "will payload",
      qos: 1,
      properties: [
        [prop.contentType, "will type"],
        [prop.userProperty, ["will name", "will value"]],
      ],
    },
    userName: "user name",
    password: "password",
    properties: [[prop.userProperty, ["connect name", "connect value"]]],
  });
  await client.cut();
  const will = await watcher.receive();
  assert.equal(will.payload.toString(), "will payload");
  assert.equal(property(will, prop.contentType), "will type");
  assert.deepEqual(property(will, prop.userProperty), ["will name", "will value"]);
});

statement("5.0", "MQTT-3.1.3-1", "user name and password are read behind the will", async () => {
  await using users = await userFile({ anna: "secret" });
  await using broker = await startTestBroker(users.overrides);
  const will = { topic: "anna", payload: "secret" };
  await RawClient.connected(broker, version, { will, userName: "anna", password: "secret" });
  await RawClient.connected(broker, version, { userName: "anna", password: "secret" });
  await expectRefused(broker, packets.connect({ version, will, userName: "secret", password: "anna" }), 0x86, 0x87);
});

statement("5.0", "MQTT-3.1.3-2", "each client id has its own session, and case matters", async () => {
  await using broker = await startTestBroker();
  const publisher = await RawClient.connected(broker, version);
  const ids = ["Session", "session", "sessioN"];
  for (const clientId of ids) {
    const client = await RawClient.connected(broker, version, { clientId, properties: hour });
    await client.subscribe(`own/${clientId}`, { qos: 1 });
    await client.disconnect();
  }
  for (const clientId of ids) await publisher.publishAcked(`own/${clientId}`, clientId);
  for (const clientId of ids) {
    const client = await RawClient.open(broker, version);
    const { sessionPresent } = await client.connect({ clientId, cleanStart: false, properties: hour });
    assert.equal(sessionPresent, true);
    assert.equal((await client.receive()).payload.toString(), clientId);
    await client.expectNothing();
  }
});

statement("5.0", "MQTT-3.1.3-3", "a CONNECT without a client id is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.raw("10 0b 00 04 4d 51 54 54 05 02 00 00 00"), 0x81);
});

statement("5.0", "MQTT-3.1.3-4", "a client id that is no text is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, clientId: packets.raw("ff fe") }), 0x81, 0x85);
});

statement("5.0", "MQTT-3.1.3-5", "client ids of 1 to 23 letters and digits are accepted", async () => {
  await using broker = await startTestBroker();
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const ids = [...alphabet.split(""), alphabet.slice(0, 23), alphabet.slice(23, 46), alphabet.slice(39)];
  await Promise.all(ids.map((clientId) => RawClient.connected(broker, version, { clientId })));
});

for (const cleanStart of [true, false]) {
  const how = `with Clean Start ${Number(cleanStart)}`;
  statement("5.0", "MQTT-3.1.3-6", `clients without a client id ${how} do not disturb each other`, async () => {
    await using broker = await startTestBroker();
    const [first, second] = [await RawClient.open(broker, version), await RawClient.open(broker, version)];
    const answers = [
      await first.connect({ clientId: "", cleanStart }),
      await second.connect({ clientId: "", cleanStart }),
    ];
    const [one, other] = answers.map((answer) => property(answer, prop.assignedClientIdentifier));
    assert.notEqual(one, undefined);
    assert.notEqual(other, undefined);
    assert.notEqual(one, other);
    assert.deepEqual(
      answers.map(({ reasonCode, sessionPresent }) => [reasonCode, sessionPresent]),
      [
        [0, false],
        [0, false],
      ],
    );
    await first.expectNothing();
    await second.expectNothing();
  });
}

statement("5.0", "MQTT-3.1.3-7", "the session of an assigned client id can be resumed by that id", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  const clientId = property(await client.connect({ clientId: "", properties: hour }), prop.assignedClientIdentifier);
  assert.ok(typeof clientId === "string" && clientId !== "");
  await client.subscribe("assigned/a", { qos: 1 });
  await client.disconnect();
  const publisher = await RawClient.connected(broker, version);
  await publisher.publishAcked("assigned/a", "kept");
  const again = await RawClient.open(broker, version);
  const connack = await again.connect({ clientId, cleanStart: false, properties: hour });
  assert.equal(connack.sessionPresent, true);
  assert.equal(property(connack, prop.assignedClientIdentifier), undefined);
  assert.equal((await again.receive()).payload.toString(), "kept");
});

/** The id is taken, or refused as the standard wants it: 0x85 or silence, and the end. */
async function expectUsableOrRefused(broker: TestBroker, clientId: string): Promise<void> {
  const client = await RawClient.open(broker, version);
  client.send(packets.connect({ version, clientId }), packets.pingreq());
  const answer = await client.next().catch(() => undefined);
  if (answer?.type === "connack" && answer.reasonCode === 0) {
    await client.next("pingresp");
    await client.expectNothing();
    return;
  }
  if (answer !== undefined) assert.ok(answer.type === "connack" && answer.reasonCode === 0x85, answer.type);
  assert.deepEqual(await client.expectClosed(), []);
}

statement("5.0", "MQTT-3.1.3-8", "an unusual client id is either usable or refused with 0x85", async () => {
  await using broker = await startTestBroker();
  const ids = [
    "a/b",
    "#",
    "+",
    "$SYS",
    "$share/g/a",
    " ",
    "..",
    "%s%n",
    "\u{1f600}",
    "\uffff",
    "\u0001",
    "a".repeat(24),
  ];
  for (const clientId of [...ids, "x".repeat(1000), "x".repeat(65_535)]) await expectUsableOrRefused(broker, clientId);
});

statement("5.0", "MQTT-3.1.3-12", "a user name that is no text is refused", async () => {
  await using broker = await startTestBroker();
  await expectRefused(broker, packets.connect({ version, userName: packets.raw("ff fe") }), 0x81);
  await expectRefused(broker, packets.connect({ version, userName: packets.raw("ed a0 80"), password: "p" }), 0x81);
});

statement("5.0", "MQTT-3.1.4-2", "a wrong password is refused", async () => {
  await using users = await userFile({ anna: "secret" });
  await using broker = await startTestBroker(users.overrides);
  await RawClient.connected(broker, version, { userName: "anna", password: "secret" });
  const refused = [
    { userName: "anna", password: "wrong" },
    { userName: "anna", password: "" },
    { userName: "anna" },
    { password: "secret" },
    { userName: "nobody", password: "secret" },
    { userName: "", password: "" },
    {},
  ];
  for (const who of refused) await expectRefused(broker, packets.connect({ version, ...who }), 0x86, 0x87);
});

statement("5.0", "MQTT-3.2.2-16", "100 clients without client id get 100 different ones", async () => {
  await using broker = await startTestBroker();
  const assigned = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const client = await RawClient.open(broker, version);
      const connack = await client.connect({ clientId: "" });
      assert.equal(connack.reasonCode, 0);
      return property(connack, prop.assignedClientIdentifier);
    }),
  );
  for (const id of assigned) assert.ok(typeof id === "string" && id !== "");
  assert.equal(new Set(assigned).size, 100);
});

statement("5.0", "MQTT-3.2.2-16", "a client that names itself is not told its client id", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  const connack = await client.connect({ clientId: uniqueName("c") });
  assert.equal(property(connack, prop.assignedClientIdentifier), undefined);
});

statement("5.0", ["MQTT-3.2.2-6", "MQTT-3.2.2-7"], "a wrong password never tells of the stored session", async () => {
  await using users = await userFile({ anna: "secret" });
  await using broker = await startTestBroker(users.overrides);
  const who = { clientId: "stored", userName: "anna", properties: hour };
  const client = await RawClient.connected(broker, version, { ...who, password: "secret" });
  await client.disconnect();
  const wrong = packets.connect({ version, ...who, cleanStart: false, password: "wrong" });
  const answer = await refusal(broker, wrong);
  assert.equal(answer?.sessionPresent ?? false, false);
  const again = await RawClient.open(broker, version);
  assert.equal((await again.connect({ ...who, cleanStart: false, password: "secret" })).sessionPresent, true);
});
