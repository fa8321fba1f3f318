import assert from "node:assert/strict";
import { fence, onlyAkasa, packets, RawClient, startTestBroker, statement, uniqueName } from "../../kit/mod.ts";
import { answerUntilClosed } from "./cut-off.ts";
import { passwordFile } from "./password-file.ts";

statement(
  "3.1.1",
  "MQTT-3.1.0-1",
  "whatever comes before CONNECT has no effect and closes the connection",
  async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, 4);
    await watcher.subscribe("early");
    const early = [
      packets.pingreq(),
      packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "early" }] }),
      packets.publish({ version: 4, topic: "early", payload: "0" }),
      packets.publish({ version: 4, topic: "early", payload: "1", qos: 1, retain: true }),
      packets.disconnect(),
    ];
    for (const bytes of early) assert.equal(await answerUntilClosed(broker, bytes), "");
    await fence(watcher, watcher);
    await watcher.subscribe("early");
    await watcher.expectNothing();
  },
);

statement("3.1.1", "MQTT-3.1.0-2", "a second CONNECT ends the connection and its will is sent", async () => {
  onlyAkasa("mosquitto 2.0.11 forgets the will");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("will");
  const offender = await RawClient.connected(broker, 4, { will: { topic: "will", payload: "ended" } });
  offender.send(packets.connect({ version: 4, clientId: offender.clientId }));
  assert.deepEqual(await offender.expectClosed(), []);
  assert.equal((await watcher.receive()).payload.toString(), "ended");
});

statement("3.1.1", "MQTT-3.1.0-2", "a second CONNECT touches no other client", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("a");
  const offender = await RawClient.connected(broker, 4);
  offender.send(packets.connect({ version: 4, clientId: watcher.clientId }));
  assert.deepEqual(await offender.expectClosed(), []);
  await watcher.publishAcked("a", "still here");
  assert.equal((await watcher.receive()).payload.toString(), "still here");
});

statement("3.1.1", "MQTT-3.1.4-5", "what follows a CONNECT with a refused client id is ignored", async () => {
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 4);
  await watcher.subscribe("ignored");
  const refused = packets.connect({ version: 4, clientId: "", cleanStart: false });
  const retained = packets.publish({ version: 4, topic: "ignored", payload: "x", retain: true });
  await answerUntilClosed(broker, Buffer.concat([refused, retained]));
  await fence(watcher, watcher);
  await watcher.subscribe("ignored");
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.1.4-5", "what follows a CONNECT with wrong credentials is ignored", async () => {
  await using users = await passwordFile("ann", "secret");
  await using broker = await startTestBroker({ auth: { enable: true, password_file: users.path } });
  const watcher = await RawClient.connected(broker, 4, { userName: "ann", password: "secret" });
  await watcher.subscribe("ignored");
  const refused = packets.connect({ version: 4, clientId: uniqueName("c"), userName: "ann", password: "guess" });
  const retained = packets.publish({ version: 4, topic: "ignored", payload: "x", retain: true });
  await answerUntilClosed(broker, Buffer.concat([refused, retained]));
  await fence(watcher, watcher);
  await watcher.subscribe("ignored");
  await watcher.expectNothing();
});

statement("3.1.1", "MQTT-3.2.0-1", "CONNACK comes before the messages that waited", async () => {
  await using broker = await startTestBroker();
  const clientId = "waited-for";
  const before = await RawClient.connected(broker, 4, { clientId, cleanStart: false });
  await before.subscribe("a", { qos: 1 });
  await before.disconnect();
  const publisher = await RawClient.connected(broker, 4);
  for (let number = 0; number < 10; number += 1) await publisher.publishAcked("a", `${number}`);
  const after = await RawClient.open(broker, 4);
  after.send(packets.connect({ version: 4, clientId, cleanStart: false }));
  assert.equal((await after.next()).type, "connack");
  for (let number = 0; number < 10; number += 1) assert.equal((await after.receive()).payload.toString(), `${number}`);
});

statement("3.1.1", "MQTT-3.2.0-1", "CONNACK comes before the answers to what was sent behind CONNECT", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  client.send(
    packets.connect({ version: 4, clientId: uniqueName("c") }),
    packets.pingreq(),
    packets.subscribe({ version: 4, packetId: 1, filters: [{ filter: "a" }] }),
  );
  assert.equal((await client.next()).type, "connack");
  await client.next("pingresp");
  await client.next("suback");
});
