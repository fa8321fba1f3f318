import type { Peer } from "../base/mod.ts";
import type { ProtocolVersion } from "../protocol/mod.ts";

/** A connected client as hooks see it. May be kept: it goes on telling what was when its connection has ended. */
export interface Client {
  readonly id: string;
  /** The name that was proved at CONNECT; null if nobody proved one. */
  readonly userName: string | null;
  /** Groups that its authenticator names. */
  readonly groups: readonly string[];
  /** Name of the listener that it came in by, as `mqtt`. */
  readonly listener: string;
  /** Who is at the other end: address, proxy, TLS, certificate. */
  readonly peer: Peer;
  /** Where the connection comes from, as `192.0.2.7:51234`, or `unix`. */
  readonly remoteAddress: string;
  /** 3: MQTT 3.1, 4: 3.1.1, 5: 5.0. */
  readonly protocolVersion: ProtocolVersion;
}
