/**
 * The kit for black-box tests of an MQTT broker over real sockets. It shares no code with the broker's codec: a defect
 * there cannot hide itself. Every packet from the broker is checked against what no server may ever do
 * (server-rules.ts); a breach fails the test that received it, whatever that test is about.
 *
 *     statement("5.0", ["MQTT-3.3.1-8", "MQTT-3.3.1-12"], "a live message is forwarded without RETAIN", async () => {
 *       await using broker = await startTestBroker();             // a new broker, a free port, stopped at the end
 *       const subscriber = await RawClient.connected(broker, 5);   // CONNECT, CONNACK 0x00; closed with the broker
 *       const publisher = await RawClient.connected(broker, 4, { cleanStart: false, clientId: "p" });
 *       await subscriber.subscribe("a/+", { qos: 1 });             // returns SUBACK
 *       await publisher.publishAcked("a/b", "hello", { qos: 1, retain: true });
 *       const message = await subscriber.receive();                // next packet is PUBLISH; answered up to its QoS
 *       assert.equal(message.retain, false);
 *       assert.equal(property(message, prop.messageExpiryInterval), undefined);
 *       await subscriber.expectNothing();
 *     });
 *
 * Wait for what must come: `next(type)` (nothing else may stand before it), `take(type, { packetId })` (others stay in
 * the inbox), `receive()`, `expectDisconnect(0x82)`, `expectClosed()`. Prove what must not come, without sleeping:
 * `expectNothing()` for the client's own doing, before it `fence(publisher, watcher)` or `settle(broker)` for what
 * others did. Send anything: `client.send(packets.publish({ version: 5, topic: "", qos: 3 }))`, `packets.raw("30 00")`,
 * `packets.frame(...)`.
 * Move time: `startTestBroker({ max_keep_alive: 10 }, { manualClock: true })`, then `await broker.advance(15_000)`.
 * Leave: `disconnect()` (clean), `cut()` (FIN without DISCONNECT, waits until the broker noticed), `reset()` (TCP
 * reset).
 *
 * Run the same tests on one transport: `TEST_TRANSPORT=epoll npm run test:system` (io_uring, epoll, node).
 * Without it they run on the best that works here.
 * Run the same tests with two shards, with the clients of a test on both: `TEST_SHARDS=2`.
 * Run the same tests over TLS, a WebSocket or behind a proxy: `TEST_DOOR=tls`, `websocket` or `proxy`.
 * Run the same tests against Debian's mosquitto to check the tests: `TEST_TARGET=mosquitto node --test <file>`.
 */
export { onlyAkasa, startTestBroker, type TestBroker, type TestBrokerOptions } from "./broker-under-test.ts";
export { ServerViolation } from "./byte-reader.ts";
export { collectGarbage, heldBytes } from "./collect-garbage.ts";
export { closedWithinMilliseconds, type Within } from "./inbox.ts";
export { type Mosquitto, startMosquitto } from "./mosquitto.ts";
export { PacketReader } from "./packet-reader.ts";
export * as packets from "./packet-writer.ts";
export type { Properties, Version, WillFields } from "./packet-writer.ts";
export { prop, type Property, type PropertyValue } from "./property-table.ts";
export {
  type ConnectOptions,
  type PublishOptions,
  RawClient,
  type SubscribeOptions,
  type Target,
} from "./raw-client.ts";
export {
  type Finished,
  mosquittoPasswd,
  mosquittoPub,
  mosquittoSub,
  paho,
  type RealClient,
  run,
  type RunOptions,
} from "./real-clients.ts";
export { connectByScram, dataOf, proveAgain, ScramDialogue, type ScramLogin } from "./scram-client.ts";
export {
  type AcknowledgementPacket,
  type ConnackPacket,
  describe,
  type DisconnectPacket,
  properties,
  property,
  type PublishPacket,
  type ServerPacket,
  type ServerPacketType,
  type SubackPacket,
  type UnsubackPacket,
} from "./server-packet.ts";
export { fence, settle } from "./settle.ts";
export { shardsUnderTest } from "./shards-under-test.ts";
export { SkipTest } from "./skip-test.ts";
export type { ConfigOverrides } from "./start-akasa.ts";
export { difference31, pitfall, type Standard, statement, type TestBody, trap } from "./statement.ts";
export { pingWork, workedMilliseconds } from "./thread-work.ts";
export { transportUnderTest } from "./transport-under-test.ts";
export { temporaryFolder } from "./temporary-folder.ts";
export { TestAuthority, type TestCertificate, type TestCertificateOptions } from "./test-certificates.ts";
export { openStream, type TestDoor } from "./test-door.ts";
export { uniqueName } from "./unique-name.ts";
export { lengthPrefixed, propertyBlock, u16, u32, varint } from "./wire-bytes.ts";
