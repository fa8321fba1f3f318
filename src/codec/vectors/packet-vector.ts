import type { Packet, ProtocolVersion } from "../../protocol/mod.ts";
import type { Sender } from "../mod.ts";

/** Bytes and the packet they are. */
export interface PacketVector {
  readonly name: string;
  readonly version: ProtocolVersion;
  readonly sender: Sender;
  /** The whole packet, fixed header included. */
  readonly hex: string;
  readonly packet: Packet;
  /** True for a form that is read but not written: the packet has a shorter or more usual one. */
  readonly readOnly?: true;
}
