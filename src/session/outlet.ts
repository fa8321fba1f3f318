import type { DeliveryTerms } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";

/** What became of a PUBLISH that a session wanted to send. */
export const SendResult = {
  sent: 0,
  /** Larger than the client's Maximum Packet Size: counts as delivered [MQTT-3.1.2-25]. */
  tooLarge: 1,
} as const;

/** One of {@link SendResult}'s values. */
export type SendResult = (typeof SendResult)[keyof typeof SendResult];

/** The way to a session's client: the connection that serves it now. */
export interface Outlet {
  /** QoS 1 and 2 messages that may be in flight at once: the client's Receive Maximum, and our own limit. */
  readonly sendQuota: number;
  /** True while so much waits to be sent that nothing should be added. */
  readonly congested: boolean;
  /**
   * Sends a PUBLISH.
   * @param flags the low four bits of the fixed header: {@link PublishFlag}
   * @param packetId 0 at QoS 0
   */
  sendPublish(publication: Publication, terms: DeliveryTerms, flags: number, packetId: number): SendResult;
  /** Pumps the session in a later turn: what it waited for (room in this turn's output, the store) is there by then. */
  pumpLater(): void;
  /** Sends PUBREL. */
  sendPubrel(packetId: number): void;
  /** Another connection has taken the session over: says so to the client (v5: 0x8E) and closes. */
  takenOver(): void;
}

/** Bits of `flags` in {@link Outlet.sendPublish}, as they stand in the fixed header (MQTT 5.0 section 3.3.1). */
export const PublishFlag = { retain: 1, qos1: 2, qos2: 4, dup: 8 } as const;
