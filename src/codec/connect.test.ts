import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProtocolVersion } from "../protocol/mod.ts";
import { decodeConnect, sniffVersion } from "./connect.ts";

function sniffed(name: string, level: number): ProtocolVersion | null {
  const bytes = Buffer.concat([Buffer.of(0, name.length), Buffer.from(name), Buffer.of(level)]);
  return sniffVersion(bytes, 0, bytes.length);
}

test("a broken CONNECT of a known version is answered in that version", () => {
  assert.deepEqual([sniffed("MQIsdp", 3), sniffed("MQTT", 4), sniffed("MQTT", 5)], [3, 4, 5]);
});

test("a broken CONNECT of a bridge is answered in the version beside the bridge bit", () => {
  assert.deepEqual([sniffed("MQIsdp", 0x83), sniffed("MQTT", 0x84)], [3, 4]);
});

test("a CONNECT of a version nobody speaks is answered in the nearest one", () => {
  assert.deepEqual([sniffed("MQTT", 0), sniffed("MQTT", 3), sniffed("MQTT", 6), sniffed("MQTT", 0x85)], [4, 4, 5, 5]);
  assert.equal(sniffed("MQIsdp", 4), 3);
});

test("what is not MQTT is not answered", () => {
  assert.deepEqual(
    [sniffed("MQTX", 5), sniffed("mqtt", 4), sniffed("", 4), sniffed("HTTP/1.1", 4)],
    [null, null, null, null],
  );
});

test("a CONNECT that ends before its level is not answered", () => {
  const bytes = Buffer.from("00044d515454", "hex");
  assert.deepEqual(
    [0, 1, 2, 5, 6].map((end) => sniffVersion(bytes, 0, end)),
    [null, null, null, null, null],
  );
});

test("a CONNECT does not hold on to the bytes it came in", () => {
  const bytes = Buffer.from("00044d5154540446003c" + "000163" + "000177" + "00026162" + "000170", "hex");
  bytes[7] = 0xc6;
  const withUser = Buffer.concat([bytes.subarray(0, bytes.length - 3), Buffer.from("000175" + "000170", "hex")]);
  const packet = decodeConnect(withUser, 0, withUser.length);
  withUser.fill(0);
  assert.deepEqual(packet.will?.payload, Uint8Array.of(0x61, 0x62));
  assert.deepEqual(packet.password, Uint8Array.of(0x70));
});
