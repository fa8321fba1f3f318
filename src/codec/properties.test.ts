import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../protocol/mod.ts";
import { decodePropertyList } from "./properties.ts";
import type { PropertyCarrier } from "./property-table.ts";
import { Reader } from "./reader.ts";
import { encodePacket } from "./packet.ts";

/** A valid value of each property, by identifier. */
const values: Readonly<Record<number, string>> = {
  0x01: "01",
  0x02: "00000001",
  0x03: "000161",
  0x08: "000161",
  0x09: "0001ff",
  0x0b: "01",
  0x11: "00000001",
  0x12: "000161",
  0x13: "0001",
  0x15: "000161",
  // With the method that it needs.
  0x16: "0001ff" + "15000161",
  0x17: "01",
  0x18: "00000001",
  0x19: "01",
  0x1a: "000161",
  0x1c: "000161",
  0x1f: "000161",
  0x21: "0001",
  0x22: "0001",
  0x23: "0001",
  0x24: "01",
  0x25: "01",
  0x26: "000161" + "000162",
  0x27: "00000001",
  0x28: "01",
  0x29: "01",
  0x2a: "01",
};

function outcome(id: number, carrier: PropertyCarrier): number {
  const bytes = Buffer.concat([Buffer.of(id), Buffer.from(values[id] ?? "00", "hex")]);
  try {
    decodePropertyList(new Reader(bytes, 0, bytes.length), carrier);
    return 0;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.reasonCode;
  }
}

// Table 2-4 of MQTT 5.0, read by packet instead of by property.
const allowed: Readonly<Record<PropertyCarrier, string>> = {
  connect: "11 15 16 17 19 21 22 26 27",
  will: "1 2 3 8 9 18 26",
  connack: "11 12 13 15 16 1a 1c 1f 21 22 24 25 26 27 28 29 2a",
  clientPublish: "1 2 3 8 9 23 26",
  serverPublish: "1 2 3 8 9 b 23 26",
  acknowledgement: "1f 26",
  subscribe: "b 26",
  unsubscribe: "26",
  clientDisconnect: "11 1f 26",
  serverDisconnect: "1c 1f 26",
  auth: "15 16 1f 26",
};

for (const [carrier, list] of Object.entries(allowed)) {
  test(`${carrier} has the properties ${list}`, () => {
    const ids = Array.from({ length: 256 }, (_, id) => id);
    const taken = ids.filter((id) => outcome(id, carrier as PropertyCarrier) === 0);
    assert.equal(taken.map((id) => id.toString(16)).join(" "), list);
  });
}

test("a property that only the other side sends in such a packet is a protocol error, any other is malformed", () => {
  assert.equal(outcome(0x0b, "clientPublish"), 0x82);
  assert.equal(outcome(0x1c, "clientDisconnect"), 0x82);
  assert.equal(outcome(0x11, "serverDisconnect"), 0x82);
  assert.equal(outcome(0x21, "clientPublish"), 0x81);
  assert.equal(outcome(0x7f, "clientPublish"), 0x81);
});

test("a string of ours that is too long for its field is our mistake and not sent", () => {
  const properties = { reasonString: "x".repeat(65_536) };
  const packet = { type: "disconnect", reasonCode: 0x80, properties } as const;
  assert.throws(() => encodePacket(packet, 5), { name: "AssertionError" });
});

test("the longest string fits", () => {
  const properties = { reasonString: "é".repeat(32_767) + "x" };
  const packet = { type: "disconnect", reasonCode: 0x80, properties } as const;
  assert.equal(encodePacket(packet, 5).length, 1 + 3 + 1 + 3 + 1 + 2 + 65_535);
});
