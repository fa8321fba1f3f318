import type { ProtocolVersion, ReasonCode } from "../../protocol/mod.ts";

/** Bytes that a client must not send, and what the codec says to them. */
export interface MalformedPacket {
  readonly name: string;
  /** The version the client speaks; for a CONNECT that of a client which would send it. */
  readonly version: ProtocolVersion;
  /** The whole packet, fixed header included. */
  readonly hex: string;
  /** The code for a 5.0 client; with 3.1 and 3.1.1 the codec says the same and the connection just closes. */
  readonly reasonCode: ReasonCode;
  /** True for what is sent behind an accepted CONNECT, false for a CONNECT itself. */
  readonly afterConnect: boolean;
}
