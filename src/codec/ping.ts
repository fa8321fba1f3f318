import { PacketType, type PingPacket, ProtocolError, ReasonCode } from "../protocol/mod.ts";

// PINGREQ, PINGRESP (MQTT 5.0 sections 3.12 and 3.13): a fixed header and nothing else

/** Bytes of either packet. */
export const pingSize = 2;

/**
 * Checks that there is no body.
 * @throws ProtocolError 0x81
 */
export function decodePing(start: number, end: number): void {
  if (start !== end) throw new ProtocolError(ReasonCode.malformedPacket, "3.12", "a ping with a body");
}

/** Writes the packet at `at`, where {@link pingSize} bytes are free, and answers where it ends. */
export function encodePing(target: Buffer, at: number, type: PingPacket["type"]): number {
  target[at] = PacketType[type] << 4;
  target[at + 1] = 0;
  return at + pingSize;
}
