import assert from "node:assert/strict";
import {
  fence,
  lengthPrefixed,
  onlyAkasa,
  packets,
  RawClient,
  startTestBroker,
  statement,
  uniqueName,
} from "../../kit/mod.ts";
import { answerUntilClosed } from "./cut-off.ts";
import { passwordFile } from "./password-file.ts";

const connect = (fields: Omit<Parameters<typeof packets.connect>[0], "version" | "clientId">): Buffer =>
  packets.connect({ version: 4, clientId: "payload", ...fields });
const willTopic = lengthPrefixed("will");
const text = lengthPrefixed("text");

statement("3.1.1", "MQTT-3.1.2-9", "with the Will Flag a will topic and message have to follow", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x06 })), "");
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x06, surplus: willTopic })), "");
});

statement("3.1.1", "MQTT-3.1.2-11", "without the Will Flag a will topic and message are surplus", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ surplus: Buffer.concat([willTopic, text]) })), "");
});

statement("3.1.1", "MQTT-3.1.2-13", "Will QoS without the Will Flag closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x0a })), "");
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x12 })), "");
});

statement("3.1.1", "MQTT-3.1.2-14", "Will QoS 3 closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x1e, will: { topic: "will" } })), "");
});

statement("3.1.1", "MQTT-3.1.2-15", "Will Retain without the Will Flag closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x22 })), "");
});

statement("3.1.1", "MQTT-3.1.2-18", "without the User Name Flag a user name is surplus", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ surplus: text })), "");
});

statement("3.1.1", "MQTT-3.1.2-19", "with the User Name Flag a user name has to follow", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x82 })), "");
});

statement("3.1.1", "MQTT-3.1.2-20", "without the Password Flag a password is surplus", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ userName: "ann", surplus: text })), "");
});

statement("3.1.1", "MQTT-3.1.2-21", "with the Password Flag a password has to follow", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0xc2, userName: "ann" })), "");
});

statement("3.1.1", "MQTT-3.1.2-22", "a password without user name closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ flags: 0x42, password: "secret" })), "");
});

statement(
  "3.1.1",
  "MQTT-3.1.3-1",
  "client id, will topic, will message, user name, password come in this order",
  async () => {
    await using users = await passwordFile("ann", "secret");
    await using broker = await startTestBroker({ auth: { enable: true, password_file: users.path } });
    const login = { userName: "ann", password: "secret" };
    const watcher = await RawClient.connected(broker, 4, login);
    await watcher.subscribe("last/word");
    const will = { topic: "last/word", payload: "farewell" };
    const client = await RawClient.connected(broker, 4, { ...login, will, clientId: "all-five" });
    await client.cut();
    assert.equal((await watcher.receive()).payload.toString(), "farewell");
    const swapped = { userName: "secret", password: "ann" };
    const refused = await (await RawClient.open(broker, 4)).connect({ ...swapped, will, clientId: "all-five" });
    assert.ok([4, 5].includes(refused.reasonCode));
  },
);

statement("3.1.1", "MQTT-3.1.3-1", "a CONNECT with all five fields is accepted and its will is sent", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("last/word");
  const will = { topic: "last/word", payload: "farewell" };
  const client = await RawClient.connected(broker, 4, { clientId: "all-five", will, userName: "u", password: "p" });
  await client.cut();
  assert.equal((await watcher.receive()).payload.toString(), "farewell");
});

statement("3.1.1", "MQTT-3.1.3-3", "a CONNECT without payload closes the connection", async () => {
  await using broker = await startTestBroker();
  const header = packets.raw("0004 4d515454 04 02 0000");
  assert.equal(await answerUntilClosed(broker, packets.frame(0x10, header)), "");
});

statement(
  "3.1.1",
  "MQTT-3.1.3-10",
  "a will topic that is not UTF-8 closes the connection and is never sent",
  async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 4);
    await watcher.subscribe("#");
    assert.equal(await answerUntilClosed(broker, connect({ will: { topic: packets.raw("fffe"), payload: "x" } })), "");
    await fence(watcher, watcher);
    await watcher.expectNothing();
  },
);

statement("3.1.1", "MQTT-3.1.3-11", "a user name that is not UTF-8 closes the connection", async () => {
  await using broker = await startTestBroker();
  assert.equal(await answerUntilClosed(broker, connect({ userName: packets.raw("fffe"), password: "x" })), "");
});

statement(
  "3.1.1",
  ["MQTT-3.1.4-1", "MQTT-3.2.2-6"],
  "a malformed CONNECT is answered with nothing but the end",
  async () => {
    await using broker = await startTestBroker();
    const header = packets.raw("0004 4d515454 04 02 0000");
    const malformed = {
      "cut off in the header": packets.frame(0x10, header.subarray(0, 8)),
      "cut off in the client id": packets.frame(0x10, Buffer.concat([header, packets.raw("0005 616263")])),
      "a protocol name longer than the packet": packets.frame(0x10, packets.raw("00ff 4d515454 04 02 0000 0000")),
      "a byte behind the last field": connect({ surplus: Buffer.from([0]) }),
      "an empty body": packets.frame(0x10),
    };
    for (const [what, bytes] of Object.entries(malformed)) {
      assert.equal(await answerUntilClosed(broker, bytes), "", what);
    }
  },
);

statement("3.1.1", "MQTT-3.2.2-6", "a refusal for which there is no code is the end alone", async () => {
  onlyAkasa("its limits are set by its keys");
  await using broker = await startTestBroker({ max_allowed_qos: 1, retain_available: false });
  for (const will of [{ topic: "a/#" }, { topic: "a", qos: 2 }, { topic: "a", retain: true }]) {
    const bytes = packets.connect({ version: 4, clientId: uniqueName("c"), will: { payload: "x", ...will } });
    assert.equal(await answerUntilClosed(broker, bytes), "", JSON.stringify(will));
  }
});

statement("3.1.1", "MQTT-3.2.2-6", "a refusal has one of the codes 1 to 5", async () => {
  await using users = await passwordFile("ann", "secret");
  await using broker = await startTestBroker({ auth: { enable: true, password_file: users.path } });
  const refusals = [
    connect({ protocolLevel: 2 }),
    packets.connect({ version: 4, clientId: "", cleanStart: false }),
    connect({ userName: "ann", password: uniqueName("wrong") }),
    connect({}),
  ];
  for (const bytes of refusals) assert.match(await answerUntilClosed(broker, bytes), /^2002000[1-5]$/);
});
