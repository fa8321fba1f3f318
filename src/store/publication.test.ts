import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeForwardedProperties, decodePublish, encodePacket, PublishFrame } from "../codec/mod.ts";
import { type Properties, type PublishPacket, topicName } from "../protocol/mod.ts";
import { LivePublication, Publication } from "./publication.ts";

const topic = { name: topicName("a/b"), bytes: Buffer.from("a/b") };

function received(packet: Partial<PublishPacket>): { frame: PublishFrame; bytes: Buffer } {
  const whole: PublishPacket = {
    type: "publish",
    topic: "a/b",
    payload: Buffer.from("payload"),
    qos: 1,
    retain: false,
    dup: false,
    packetId: 7,
    properties: {},
    ...packet,
  };
  const bytes = encodePacket(whole, 5);
  const frame = new PublishFrame();
  const header = bytes.length < 130 ? 2 : 3;
  decodePublish(frame, bytes[0] as number, bytes, header, bytes.length, 5);
  return { frame, bytes };
}

function live(packet: Partial<PublishPacket>): { publication: LivePublication; bytes: Buffer } {
  const { frame, bytes } = received(packet);
  const publication = new LivePublication(topic);
  publication.fill(frame, topic, "publisher", 1000);
  return { publication, bytes };
}

test("a kept message owns its bytes: the receive area may be written over", () => {
  const { publication, bytes } = live({ payload: Buffer.from("hello"), properties: { contentType: "text" } });
  const kept = publication.keep();
  bytes.fill(0xee);
  assert.equal(kept.payload.toString(), "hello");
  const { contentType } = decodeForwardedProperties(kept.bytes, kept.propertiesStart, kept.propertiesEnd);
  assert.equal(contentType, "text");
});

test("all who keep one message share one copy", () => {
  const { publication } = live({});
  assert.equal(publication.keep(), publication.keep());
  assert.equal(publication.keep().keep(), publication.keep());
});

test("the next message is another one", () => {
  const { publication } = live({ payload: Buffer.from("one") });
  const first = publication.keep();
  const serial = publication.serial;
  publication.fill(received({ payload: Buffer.from("two") }).frame, topic, "other", 2000);
  assert.notEqual(publication.serial, serial);
  assert.deepEqual(
    [first, publication.keep()].map((kept) => [kept.payload.toString(), kept.publisherId, kept.receivedAt]),
    [
      ["one", "publisher", 1000],
      ["two", "other", 2000],
    ],
  );
});

test("a kept message keeps what the session needs to know", () => {
  const kept = live({ qos: 2, retain: true, properties: { messageExpiryInterval: 9 } }).publication.keep();
  assert.deepEqual([kept.qos, kept.retain, kept.messageExpiryInterval, kept.topic.name], [2, true, 9, "a/b"]);
});

test("the time left is counted down from the receipt in whole seconds, to zero", () => {
  const { publication } = live({ properties: { messageExpiryInterval: 3 } });
  const left = [1000, 1999, 2000, 3999, 4000, 1_000_000].map((now) => publication.secondsLeft(now));
  assert.deepEqual(left, [3, 3, 2, 1, 0, 0]);
});

test("a message without expiry does not expire", () => {
  assert.equal(live({}).publication.secondsLeft(Number.MAX_SAFE_INTEGER), -1);
});

test("a message without payload is empty, whatever its properties", () => {
  const properties: Properties = { contentType: "x" };
  assert.equal(live({ payload: Buffer.alloc(0), properties }).publication.keep().isEmpty, true);
  assert.equal(live({ payload: Buffer.of(0) }).publication.keep().isEmpty, false);
});

test("a kept message is counted with all that it holds", () => {
  const kept = live({ payload: Buffer.alloc(100), properties: { contentType: "text" } }).publication.keep();
  assert.ok(kept.storedBytes >= 100 + 7 + 3);
  assert.equal(kept.bytes.buffer.byteLength, kept.bytes.length, "it holds no more memory than it is counted with");
});

test("a message of the server's own is laid out like a received one", () => {
  const properties = Buffer.from([1, 1]);
  const publication = new Publication({
    topic,
    payload: Buffer.from("x"),
    properties,
    qos: 0,
    retain: false,
    messageExpiryInterval: -1,
    receivedAt: 0,
    publisherId: "",
  });
  assert.equal(publication.payload.toString(), "x");
  assert.deepEqual(publication.bytes.subarray(publication.propertiesStart, publication.propertiesEnd), properties);
});

// The properties of a PUBLISH in any order, as raw bytes: alias and expiry may stand anywhere among the others.
const forwardedProperty = fc.constantFrom(
  [0x01, 0x01],
  [0x03, 0x00, 0x01, 0x74],
  [0x08, 0x00, 0x02, 0x72, 0x2f],
  [0x09, 0x00, 0x02, 0xff, 0x00],
);
const userProperty = fc
  .integer({ min: 0, max: 80 })
  .map((length) => [0x26, 0, 1, 0x6b, 0, length, ...Array<number>(length).fill(0x76)]);
const alias = [0x23, 0x00, 0x05];
const expiry = [0x02, 0x00, 0x00, 0x00, 0x09];

const arbitraryProperties = fc
  .record({
    forwarded: fc.uniqueArray(forwardedProperty, { selector: ([id]) => id, maxLength: 4 }),
    user: fc.array(userProperty, { maxLength: 3 }),
    removed: fc.subarray([alias, expiry]),
    shuffle: fc.infiniteStream(fc.nat(1000)),
  })
  .map(({ forwarded, user, removed, shuffle }) => {
    const all = [...forwarded, ...user, ...removed].map((bytes) => ({ bytes, key: shuffle.next().value as number }));
    return all.toSorted((one, two) => one.key - two.key).map(({ bytes }) => bytes);
  });

test("a kept message has every property but alias and expiry, in their order, wherever those stood", () => {
  fc.assert(
    fc.property(arbitraryProperties, fc.uint8Array({ maxLength: 200 }), (list, payload) => {
      const properties = Buffer.from(list.flat());
      const length =
        properties.length < 128 ? [properties.length] : [(properties.length & 0x7f) | 0x80, properties.length >> 7];
      const body = Buffer.concat([Buffer.from("\0\u0003a/b"), Buffer.from(length), properties, payload]);
      const frame = new PublishFrame();
      decodePublish(frame, 0x30, body, 0, body.length, 5);
      const publication = new LivePublication(topic);
      publication.fill(frame, topic, "p", 0);
      const kept = publication.keep();
      const wanted = Buffer.from(list.filter((bytes) => bytes !== alias && bytes !== expiry).flat());
      assert.deepEqual(kept.bytes.subarray(kept.propertiesStart, kept.propertiesEnd), wanted);
      assert.deepEqual(kept.payload, Buffer.from(payload));
      assert.deepEqual([kept.aliasAt, kept.expiryAt], [-1, -1]);
      assert.equal(kept.messageExpiryInterval, list.includes(expiry) ? 9 : -1);
    }),
    { numRuns: 500 },
  );
});
