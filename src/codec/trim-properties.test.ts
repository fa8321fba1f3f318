import assert from "node:assert/strict";
import { test } from "node:test";
import { type AckPacket, type ConnackPacket, type DisconnectPacket, type Properties } from "../protocol/mod.ts";
import { packetSize } from "./packet.ts";
import { type AnswerLimits, trimProperties } from "./trim-properties.ts";

const properties: Properties = { reasonString: "because", userProperties: [["key", "value"]] };
const puback: AckPacket = { type: "puback", packetId: 1, reasonCode: 0x87, properties };
const whole = packetSize(puback, 5);

function limits(packetSizeMax: number, problemInformation = true): AnswerLimits {
  return { packetSizeMax, problemInformation };
}

test("a packet without explanation is left as it is, even where it is too large", () => {
  const plain: AckPacket = { ...puback, properties: {} };
  assert.equal(trimProperties(plain, limits(2, false)), plain);
});

test("a packet that fits keeps everything", () => {
  assert.equal(trimProperties(puback, limits(whole)), puback);
  assert.equal(trimProperties(puback, limits(Infinity)), puback);
});

test("User Properties go first", () => {
  assert.deepEqual(trimProperties(puback, limits(whole - 1)).properties, { reasonString: "because" });
});

test("the Reason String goes where even it does not fit", () => {
  const fits = packetSize({ ...puback, properties: { reasonString: "because" } }, 5);
  assert.deepEqual(trimProperties(puback, limits(fits)).properties, { reasonString: "because" });
  assert.deepEqual(trimProperties(puback, limits(fits - 1)).properties, {});
});

test("what is no explanation stays, even where the packet is too large with it", () => {
  const kept: Properties = { assignedClientIdentifier: "auto-1" };
  const packet: ConnackPacket = {
    type: "connack",
    sessionPresent: false,
    reasonCode: 0,
    properties: { ...kept, ...properties },
  };
  assert.deepEqual(trimProperties(packet, limits(5)).properties, kept);
});

test("a client that wants no problem information gets none in an acknowledgement", () => {
  assert.deepEqual(trimProperties(puback, limits(Infinity, false)).properties, {});
});

test("CONNACK and DISCONNECT explain themselves to every client", () => {
  const disconnect: DisconnectPacket = { type: "disconnect", reasonCode: 0x82, properties };
  const connack: ConnackPacket = { type: "connack", sessionPresent: false, reasonCode: 0x87, properties };
  assert.equal(trimProperties(disconnect, limits(Infinity, false)), disconnect);
  assert.equal(trimProperties(connack, limits(Infinity, false)), connack);
});
