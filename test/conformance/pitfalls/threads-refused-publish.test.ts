import assert from "node:assert/strict";
import { onlyAkasa, packets, pitfall, prop, property, RawClient, startTestBroker } from "../../kit/mod.ts";

const notAuthorized = 0x87;
const topic = "$SYS/not/yours";

for (const qos of [1, 2]) {
  pitfall(
    "thread 20",
    `5.0: a refused QoS ${qos} message is answered with the code and the reason in words`,
    async () => {
      onlyAkasa("mosquitto 2.0.11 gives no reason string");
      await using broker = await startTestBroker();
      const publisher = await RawClient.connected(broker, 5);
      const refused = await publisher.publishAcked(topic, "x", { qos });
      assert.equal(refused.type, qos === 1 ? "puback" : "pubrec");
      assert.equal(refused.reasonCode, notAuthorized);
      assert.match(String(property(refused, prop.reasonString)), /\$SYS/);
      // Refusing is the end of the exchange: the id is free, the connection goes on.
      const next = await publisher.publishAcked("yours", "x", { qos, packetId: refused.packetId });
      assert.ok(next.reasonCode < 0x80);
      await publisher.expectNothing();
    },
  );

  pitfall("thread 20", `5.0: a refused QoS ${qos} message has its code also where no words are wanted`, async () => {
    onlyAkasa("mosquitto 2.0.11 acknowledges what it does not take");
    await using broker = await startTestBroker();
    const properties = [[prop.requestProblemInformation, 0]] as const;
    const publisher = await RawClient.connected(broker, 5, { properties });
    const refused = await publisher.publishAcked(topic, "x", { qos });
    assert.equal(refused.reasonCode, notAuthorized);
    assert.equal(property(refused, prop.reasonString), undefined);
  });
}

for (const version of [3, 4] as const) {
  const name = version === 3 ? "3.1" : "3.1.1";

  pitfall("thread 20", `${name}: a refused message is acknowledged and dropped if so configured`, async () => {
    onlyAkasa("the answer is set by Akasa's key");
    await using broker = await startTestBroker({ denied_publish_v3: "acknowledge" });
    const publisher = await RawClient.connected(broker, version);
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe(topic, { qos: 2 });
    publisher.publish(topic, "x");
    await publisher.publishAcked(topic, "x", { qos: 1 });
    await publisher.publishAcked(topic, "x", { qos: 2 });
    await publisher.expectNothing();
    await watcher.expectNothing();
  });

  for (const qos of [0, 1, 2]) {
    pitfall("thread 20", `${name}: a refused QoS ${qos} message ends the connection if so configured`, async () => {
      onlyAkasa("the answer is set by Akasa's key");
      await using broker = await startTestBroker({ denied_publish_v3: "disconnect" });
      const publisher = await RawClient.connected(broker, version);
      const packetId = qos === 0 ? {} : { packetId: 1 };
      publisher.send(packets.publish({ version, topic, payload: "x", qos, ...packetId }));
      await publisher.expectDisconnect();
    });
  }
}
