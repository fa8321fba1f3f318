import assert from "node:assert/strict";
import { test } from "node:test";
import { copyForwarded, decodePublish, encodePublish, PublishFrame, PublishHead, publishSize } from "./publish.ts";

const alias = "230007";
const expiry = "020000003c";
const content = "03" + "000174";
const user = "26" + "000161" + "000162";

function received(properties: string): PublishFrame {
  const length = (properties.length / 2).toString(16).padStart(2, "0");
  const bytes = Buffer.from(`000161${length}${properties}6869`, "hex");
  const frame = new PublishFrame();
  decodePublish(frame, 0x30, bytes, 0, bytes.length, 5);
  return frame;
}

function sent(change: Partial<PublishHead>, frame: PublishFrame): string {
  const head = Object.assign(new PublishHead(), { version: 5, topic: Buffer.from("a") }, change);
  const bytes = Buffer.alloc(publishSize(head, frame));
  assert.equal(encodePublish(bytes, 0, head, frame), bytes.length);
  return bytes.toString("hex");
}

const orders = [[], [alias], [expiry], [alias, expiry], [expiry, alias]];

for (const [first, second] of orders) {
  const name = [first, second].filter(Boolean).map((text) => (text === alias ? "alias" : "expiry"));
  test(`forwarded properties pass unaltered around ${name.join(" and ") || "nothing"}`, () => {
    const frame = received([content, first, user, second, user].join(""));
    const target = Buffer.alloc(100);
    const end = copyForwarded(target, 0, frame);
    assert.equal(target.toString("hex", 0, end), content + user + user);
    assert.equal(sent({}, frame), `301800016112${content}${user}${user}6869`);
  });
}

test("alias and expiry stand at the very start and end of the properties", () => {
  assert.equal(sent({}, received(alias + user + expiry)), `300d00016107${user}6869`);
});

test("the remaining expiry, the subscriber's alias and all identifiers are added", () => {
  const head = { messageExpiryInterval: 59, topicAlias: 2, subscriptionIdentifiers: [1, 300] };
  const properties = "020000003b" + "230002" + "0b01" + "0bac02" + content;
  assert.equal(sent(head, received(alias + content + expiry)), `301700016111${properties}6869`);
});

test("a 3.1.1 subscriber gets topic and payload alone", () => {
  assert.equal(sent({ version: 4 }, received(alias + content + expiry)), "30050001616869");
});

test("a re-send has DUP and its packet identifier", () => {
  assert.equal(
    sent({ version: 4, qos: 2, dup: true, retain: true, packetId: 0x1234 }, received("")),
    "3d0700016112346869",
  );
});

test("long payloads and properties are copied whole", () => {
  const data = Buffer.alloc(200, 0x5a).toString("hex");
  const frame = new PublishFrame();
  const bytes = Buffer.from(`000161cb010900c8${data}${data}`, "hex");
  decodePublish(frame, 0x30, bytes, 0, bytes.length, 5);
  assert.equal(sent({}, frame), `309803000161cb010900c8${data}${data}`);
});

test("a frame that is used again keeps nothing of the packet before", () => {
  const frame = received(alias + expiry + "0101");
  const bytes = Buffer.from("0001616869", "hex");
  decodePublish(frame, 0x31, bytes, 0, bytes.length, 4);
  const { aliasAt, topicAlias, expiryAt, messageExpiryInterval, payloadIsText, packetId, retain } = frame;
  assert.deepEqual([aliasAt, topicAlias, expiryAt, messageExpiryInterval], [-1, 0, -1, -1]);
  assert.deepEqual([payloadIsText, packetId, retain, frame.propertiesEnd - frame.propertiesStart], [false, 0, true, 0]);
});
