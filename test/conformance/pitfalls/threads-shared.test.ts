import assert from "node:assert/strict";
import { onlyAkasa, pitfall, prop, RawClient, settle, startTestBroker, type TestBroker } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

const filter = "$share/g/t";
const five = ["0", "1", "2", "3", "4"];

/** A member of the group whose session lives ten seconds after its connection and which takes one message at a time. */
async function member(broker: TestBroker, clientId: string): Promise<RawClient> {
  const properties = [
    [prop.sessionExpiryInterval, 10],
    [prop.receiveMaximum, 1],
  ] as const;
  const client = await RawClient.connected(broker, 5, { clientId, cleanStart: false, properties });
  await client.subscribe(filter, { qos: 1 });
  return client;
}

async function publishFive(broker: TestBroker): Promise<void> {
  const publisher = await RawClient.connected(broker, 5);
  for (const text of five) assert.equal((await publisher.publishAcked("t", text)).reasonCode, 0);
}

pitfall("thread 24", "while a member of a shared group is connected those who are away get nothing", async () => {
  onlyAkasa("mosquitto 2.0.11 chooses members that are away too");
  await using broker = await startTestBroker();
  for (const clientId of ["away 1", "away 2", "away 3"]) {
    const away = await RawClient.connected(broker, 5, lasting(clientId));
    await away.subscribe(filter, { qos: 1 });
    if (clientId === "away 2") await away.cut();
    else await away.disconnect();
  }
  const present = await member(broker, "present");
  await publishFive(broker);
  assert.deepEqual(texts(await receiveMany(present, 5)), five);
  for (const clientId of ["away 1", "away 2", "away 3"]) {
    const back = await resumed(broker, clientId);
    await settle(broker);
    await back.expectNothing();
  }
});

pitfall("thread 24", "a member that returns has its share again", async () => {
  await using broker = await startTestBroker();
  await (await member(broker, "first")).disconnect();
  const first = await RawClient.connected(broker, 5, { clientId: "first", cleanStart: false });
  await publishFive(broker);
  assert.deepEqual(texts(await receiveMany(first, 5)), five);
});

pitfall("thread 24", "what is shared while all members are away waits, and nothing is lost or doubled", async () => {
  await using broker = await startTestBroker();
  for (const clientId of ["first", "second"]) await (await member(broker, clientId)).disconnect();
  await publishFive(broker);
  const received: string[] = [];
  for (const clientId of ["first", "second"]) {
    const back = await resumed(broker, clientId);
    await settle(broker);
    await back.ping();
    for (const packet of back.drain()) {
      assert.ok(packet.type === "publish");
      await back.acknowledge(packet);
      received.push(packet.payload.toString());
    }
  }
  assert.deepEqual(received.toSorted(), five);
});

for (const [how, leave] of [
  ["is cut off", (client: RawClient) => client.cut()],
  ["disconnects", (client: RawClient) => client.disconnect()],
  [
    "ends its session",
    (client: RawClient) => client.disconnect({ reasonCode: 0, properties: [[prop.sessionExpiryInterval, 0]] }),
  ],
] as const) {
  pitfall("thread 24", `what waits for a member that ${how} goes to a member that is connected`, async () => {
    onlyAkasa("mosquitto 2.0.11 leaves it with the member");
    await using broker = await startTestBroker();
    const leaving = await member(broker, "leaving");
    await publishFive(broker);
    assert.equal((await leaving.next("publish")).payload.toString(), "0");
    const staying = await member(broker, "staying");
    await leave(leaving);
    assert.deepEqual(texts(await receiveMany(staying, 5)), five);
    await settle(broker);
    await staying.expectNothing();
  });
}

pitfall("thread 24", "a member that unsubscribes loses nothing that was its own already", async () => {
  await using broker = await startTestBroker();
  const leaving = await member(broker, "leaving");
  await publishFive(broker);
  const first = await leaving.next("publish");
  const staying = await member(broker, "staying");
  await leaving.unsubscribe(filter);
  await leaving.acknowledge(first);
  const received = [first.payload.toString(), ...texts(await receiveMany(leaving, 4))];
  assert.deepEqual(received, five);
  const publisher = await RawClient.connected(broker, 5);
  await publisher.publishAcked("t", "next");
  assert.equal((await staying.receive()).payload.toString(), "next");
  await leaving.expectNothing();
});

pitfall("thread 24", "what waits for a member that is away goes to another when the session expires", async () => {
  onlyAkasa("mosquitto 2.0.11 drops it with the session");
  await using broker = await startTestBroker({}, { manualClock: true });
  await (await member(broker, "expiring")).disconnect();
  await publishFive(broker);
  const staying = await member(broker, "staying");
  await broker.advance(12_000);
  assert.deepEqual(texts(await receiveMany(staying, 5)), five);
  await settle(broker);
  await staying.expectNothing();
});
