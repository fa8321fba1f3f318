import {
  lengthPrefixed,
  onlyAkasa,
  packets,
  prop,
  propertyBlock,
  RawClient,
  settle,
  startTestBroker,
  statement,
  type TestBroker,
  u16,
} from "../../kit/mod.ts";

/** The packet ends its sender's connection with one of the codes, nothing is granted, and the broker goes on. */
async function expectEnded(broker: TestBroker, bytes: Buffer, ...codes: readonly number[]): Promise<void> {
  const client = await RawClient.connected(broker, 5);
  client.send(bytes);
  await client.expectDisconnect(...codes);
  await settle(broker);
}

statement("5.0", "MQTT-3.8.1-1", "a SUBSCRIBE with other flags than 0010 ends the connection with 0x81", async () => {
  await using broker = await startTestBroker();
  for (const firstByte of [0x80, 0x81, 0x83, 0x86, 0x8a]) {
    const bytes = packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "a" }], firstByte });
    await expectEnded(broker, bytes, 0x81);
  }
});

statement("5.0", "MQTT-3.8.3-1", "a filter that is not UTF-8 ends the connection with 0x81", async () => {
  await using broker = await startTestBroker();
  for (const bytes of ["ff fe", "ed a0 80", "c0 af", "61 e2 82"]) {
    const filter = packets.raw(bytes);
    await expectEnded(broker, packets.subscribe({ version: 5, packetId: 1, filters: [{ filter }] }), 0x81);
    const second = packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "a" }, { filter }] });
    await expectEnded(broker, second, 0x81);
  }
});

statement("5.0", "MQTT-3.8.3-2", "a SUBSCRIBE without a filter ends the connection with 0x82 or 0x81", async () => {
  await using broker = await startTestBroker();
  await expectEnded(broker, packets.subscribe({ version: 5, packetId: 1, filters: [] }), 0x82, 0x81);
  const properties = [[prop.subscriptionIdentifier, 1]] as const;
  await expectEnded(broker, packets.subscribe({ version: 5, packetId: 1, filters: [], properties }), 0x82, 0x81);
});

statement("5.0", "MQTT-3.8.3-2", "a filter without its options ends the connection with 0x81", async () => {
  await using broker = await startTestBroker();
  const whole = [u16(1), propertyBlock([]), lengthPrefixed("a"), Buffer.from([0]), lengthPrefixed("b")];
  await expectEnded(broker, packets.frame(0x82, Buffer.concat(whole)), 0x81);
});

statement("5.0", "MQTT-3.8.3-4", "No Local on a shared subscription ends the connection with 0x82", async () => {
  onlyAkasa("mosquitto 2.0.11 takes it");
  await using broker = await startTestBroker();
  const filters = [{ filter: "$share/g/t", noLocal: true }];
  await expectEnded(broker, packets.subscribe({ version: 5, packetId: 1, filters }), 0x82);
  const second = [{ filter: "t", noLocal: true }, ...filters];
  await expectEnded(broker, packets.subscribe({ version: 5, packetId: 1, filters: second }), 0x82);
});

statement("5.0", "MQTT-3.8.3-5", "reserved option bits and QoS 3 end the connection with 0x81", async () => {
  await using broker = await startTestBroker();
  for (const options of [0x40, 0x80, 0xc0, 0x41, 0x03]) {
    const bytes = packets.subscribe({ version: 5, packetId: 1, filters: [{ filter: "a", options }] });
    await expectEnded(broker, bytes, 0x81);
  }
});
