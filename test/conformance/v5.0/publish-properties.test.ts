import assert from "node:assert/strict";
import {
  onlyAkasa,
  packets,
  prop,
  properties,
  type Property,
  type PropertyValue,
  type PublishPacket,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
} from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { expectPublishRefused } from "../publish-refused.ts";

/** The same message as it comes to subscribers by every way there is. */
interface Deliveries {
  readonly live: PublishPacket;
  readonly shared: PublishPacket;
  readonly retained: PublishPacket;
  readonly queued: PublishPacket;
  readonly will: PublishPacket;
}

/** Publishes a message with these properties, retained, and a will with the same ones. */
async function deliver(broker: TestBroker, list: readonly Property[]): Promise<Deliveries> {
  const live = await RawClient.connected(broker, 5);
  const shared = await RawClient.connected(broker, 5);
  const sleeper = await RawClient.connected(broker, 5, lasting("sleeper"));
  await live.subscribe([
    { filter: "properties/message", qos: 1 },
    { filter: "properties/will", qos: 1 },
  ]);
  await shared.subscribe("$share/group/properties/message", { qos: 1 });
  await sleeper.subscribe("properties/message", { qos: 1 });
  await sleeper.disconnect();
  const publisher = await RawClient.connected(broker, 5, {
    will: { topic: "properties/will", payload: "x", properties: list },
  });
  await publisher.publishAcked("properties/message", "x", { retain: true, properties: list });
  const deliveries = { live: await live.receive(), shared: await shared.receive() };
  await publisher.cut();
  const awake = await resumed(broker, "sleeper");
  const late = await RawClient.connected(broker, 5);
  await late.subscribe("properties/message", { qos: 1 });
  return {
    ...deliveries,
    will: await live.receive(),
    queued: await awake.receive(),
    retained: await late.receive(),
  };
}

/** The values of one property by every way of delivery, which must be exactly these. */
async function expectForwarded(id: number, values: readonly PropertyValue[]): Promise<void> {
  await using broker = await startTestBroker();
  const deliveries = await deliver(
    broker,
    values.map((value): Property => [id, value]),
  );
  for (const [way, message] of Object.entries(deliveries)) {
    assert.deepEqual(properties(message as PublishPacket, id), values, way);
  }
}

async function expectMalformed(id: number): Promise<void> {
  onlyAkasa("mosquitto 2.0.11 closes without a DISCONNECT, as it may");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("broken");
  for (const bytes of ["ff fe", "ed a0 80", "61 00 62"]) {
    const publisher = await RawClient.connected(broker, 5);
    publisher.publish("broken", "x", { properties: [[id, packets.raw(bytes)]] });
    await publisher.expectDisconnect(0x81);
  }
  await settle(broker);
  await watcher.expectNothing();
}

for (const [what, values] of [
  ["1", [1]],
  ["0", [0]],
  ["none", []],
] as const) {
  statement("5.0", "MQTT-3.3.2-4", `Payload Format Indicator ${what} arrives as it was sent`, async () => {
    await expectForwarded(prop.payloadFormatIndicator, values);
  });
}

statement("5.0", "MQTT-3.3.2-13", "a Response Topic that is not UTF-8 ends the connection with 0x81", () =>
  expectMalformed(prop.responseTopic),
);

statement("5.0", "MQTT-3.3.2-14", "a Response Topic with a wildcard is refused", async () => {
  onlyAkasa("mosquitto 2.0.11 takes wildcards in a Response Topic");
  await using broker = await startTestBroker();
  const watcher = await RawClient.connected(broker, 5);
  await watcher.subscribe("asked", { qos: 2 });
  for (const responseTopic of ["a/#", "a/+", "#", "+"]) {
    for (const qos of [0, 1, 2]) {
      const publisher = await RawClient.connected(broker, 5);
      publisher.publish("asked", "x", { qos, properties: [[prop.responseTopic, responseTopic]] });
      await expectPublishRefused(publisher, 0x82, 0x90, 0x81);
    }
  }
  await settle(broker);
  await watcher.expectNothing();
});

statement("5.0", "MQTT-3.3.2-15", "a Response Topic arrives byte for byte", () =>
  expectForwarded(prop.responseTopic, ["answers/ä€😀/\u{feff}"]),
);

statement("5.0", "MQTT-3.3.2-16", "Correlation Data of any bytes arrive as they are", () =>
  expectForwarded(prop.correlationData, [packets.raw("00 ff 00 fe c3 28")]),
);

statement("5.0", "MQTT-3.3.2-16", "Correlation Data of no bytes stay present", async () => {
  await expectForwarded(prop.correlationData, [Buffer.alloc(0)]);
});

statement("5.0", "MQTT-3.3.2-17", "all User Properties arrive, repeated and empty ones too", () =>
  expectForwarded(prop.userProperty, [
    ["name", "value"],
    ["name", "value"],
    ["name", "other"],
    ["", "nameless"],
    ["empty", ""],
    ["", ""],
    ["ä€😀", "\u{feff}"],
  ]),
);

statement("5.0", "MQTT-3.3.2-18", "User Properties arrive in their order", () =>
  expectForwarded(prop.userProperty, [
    ["b", "1"],
    ["a", "2"],
    ["b", "3"],
  ]),
);

statement("5.0", "MQTT-3.3.2-19", "a Content Type that is not UTF-8 ends the connection with 0x81", () =>
  expectMalformed(prop.contentType),
);

statement("5.0", "MQTT-3.3.2-20", "a Content Type arrives byte for byte", () =>
  expectForwarded(prop.contentType, ["text/plain; charset=ä€😀"]),
);

statement("5.0", "MQTT-3.3.2-20", "an empty Content Type stays present", () => expectForwarded(prop.contentType, [""]));
