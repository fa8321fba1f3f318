import assert from "node:assert/strict";
import {
  difference31,
  fence,
  onlyAkasa,
  packets,
  RawClient,
  settle,
  startTestBroker,
  uniqueName,
} from "../../kit/mod.ts";
import { answerUntilClosed } from "../v3.1.1/cut-off.ts";

difference31(1, "'MQIsdp' with level 3 is accepted", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 3);
  client.send(packets.raw("10 0f 0006 4d5149736470 03 02 0000 0001 61"));
  assert.equal((await client.next("connack")).raw.toString("hex"), "20020000");
  await client.ping();
});

difference31(1, "name and level of different versions are refused, with code 1 or without", async () => {
  await using broker = await startTestBroker();
  const pairs = [
    packets.connect({ version: 3, clientId: "a", protocolLevel: 4 }),
    packets.connect({ version: 3, clientId: "a", protocolLevel: 5 }),
    packets.connect({ version: 4, clientId: "a", protocolLevel: 3 }),
  ];
  for (const bytes of pairs) {
    const answer = await answerUntilClosed(broker, bytes);
    assert.ok(["", "20020001"].includes(answer), answer);
  }
});

difference31(2, "the bridge mark on level 3 and 4 is accepted", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("bridged/#");
  for (const version of [3, 4] as const) {
    const bridge = await RawClient.connected(broker, version, { protocolLevel: version | 0x80 });
    await bridge.subscribe("to/bridge", { qos: 1 });
    await bridge.publishAcked("bridged/up", `from ${version}`);
    assert.equal((await watcher.receive()).payload.toString(), `from ${version}`);
    await watcher.publishAcked("to/bridge", "down");
    assert.equal((await bridge.receive()).payload.toString(), "down");
  }
});

difference31(3, "client ids of 1 and of 23 characters are accepted", async () => {
  await using broker = await startTestBroker();
  for (const clientId of ["a", "0123456789abcdefghijklm"]) await RawClient.connected(broker, 3, { clientId });
});

difference31(3, "an empty client id is refused with code 2, clean session or not", async () => {
  await using broker = await startTestBroker();
  for (const cleanStart of [true, false]) {
    const bytes = packets.connect({ version: 3, clientId: "", cleanStart });
    assert.equal(await answerUntilClosed(broker, bytes), "20020002");
  }
});

difference31(3, "a client id of 24 characters is accepted by default", async () => {
  await using broker = await startTestBroker();
  await RawClient.connected(broker, 3, { clientId: "a".repeat(24) });
});

difference31(3, "a client id of 24 characters is refused with code 2 where the length is checked", async () => {
  await using broker = await startTestBroker({ check_v310_client_id_length: true });
  const bytes = packets.connect({ version: 3, clientId: "a".repeat(24) });
  assert.equal(await answerUntilClosed(broker, bytes), "20020002");
  await RawClient.connected(broker, 3, { clientId: "a".repeat(23) });
  await RawClient.connected(broker, 4, { clientId: "a".repeat(24) });
});

difference31(4, "CONNACK never tells of a session, not even of a resumed one", async () => {
  await using broker = await startTestBroker();
  const session = { clientId: "stored", cleanStart: false } as const;
  const first = await RawClient.connected(broker, 3, session);
  await first.subscribe("a", { qos: 1 });
  await first.disconnect();
  const publisher = await RawClient.connected(broker, 4);
  await publisher.publishAcked("a", "waited");
  const second = await RawClient.open(broker, 3);
  assert.equal((await second.connect(session)).raw.toString("hex"), "20020000");
  assert.equal((await second.receive()).payload.toString(), "waited");
});

difference31(7, "flags for a user name and password that are missing are no error", async () => {
  await using broker = await startTestBroker();
  await RawClient.connected(broker, 3, { flags: 0x82 });
  await RawClient.connected(broker, 3, { flags: 0xc2 });
  await RawClient.connected(broker, 3, { flags: 0xc2, userName: "ann" });
});

difference31(9, "bit 0 of the CONNECT flags is ignored", async () => {
  await using broker = await startTestBroker();
  await RawClient.connected(broker, 3, { flags: 0x03 });
});

difference31(9, "Will QoS and Will Retain are ignored without the Will Flag", async () => {
  onlyAkasa("mosquitto 2.0.11 closes the connection");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("#");
  for (const flags of [0x0a, 0x12, 0x1a, 0x22, 0x3a]) {
    const client = await RawClient.connected(broker, 3, { flags });
    await client.cut();
  }
  await fence(watcher, watcher);
  await watcher.expectNothing();
});

difference31(14, "what a client sends straight behind CONNECT is served", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 3);
  client.send(
    packets.connect({ version: 3, clientId: uniqueName("c") }),
    packets.subscribe({ version: 3, packetId: 1, filters: [{ filter: "a", qos: 1 }] }),
    packets.publish({ version: 3, topic: "a", payload: "hello", qos: 1, packetId: 2 }),
  );
  assert.equal((await client.next()).type, "connack");
  assert.deepEqual((await client.take("suback")).reasonCodes, [1]);
  assert.equal((await client.take("puback")).packetId, 2);
  assert.equal((await client.take("publish")).payload.toString(), "hello");
});

difference31(15, "a second connection with a client id ends the first before it is accepted", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will");
  const first = await RawClient.connected(broker, 3, { clientId: "x", will: { topic: "will", payload: "taken over" } });
  const second = await RawClient.connected(broker, 3, { clientId: "x" });
  assert.deepEqual(await first.expectClosed(), []);
  assert.equal((await watcher.receive()).payload.toString(), "taken over");
  await second.ping();
});

difference31(15, "a client that comes back with 3.1.1 takes over its session of 3.1, and back", async () => {
  await using broker = await startTestBroker();
  const session = { clientId: "upgraded", cleanStart: false } as const;
  const old = await RawClient.connected(broker, 3, session);
  await old.subscribe("a", { qos: 1 });
  const upgraded = await RawClient.open(broker, 4);
  assert.ok((await upgraded.connect(session)).sessionPresent);
  await old.expectClosed();
  await upgraded.publishAcked("a", "1");
  assert.equal((await upgraded.receive()).payload.toString(), "1");
  // Its PUBACK is handled: nothing says in which order a broker hears of two connections.
  await upgraded.ping();
  const downgraded = await RawClient.connected(broker, 3, session);
  await upgraded.expectClosed();
  await downgraded.publishAcked("a", "2");
  assert.equal((await downgraded.receive()).payload.toString(), "2");
  await settle(broker);
  await downgraded.expectNothing();
});
