import type { Subscription } from "../../router/mod.ts";
import type { Publication } from "../../store/mod.ts";
import { type Outlet, PublishFlag, SendResult } from "../mod.ts";

/** A client's connection for the tests of this floor: notes in words what is sent. */
export class TestOutlet implements Outlet {
  sendQuota = 100;
  congested = false;
  /** Payloads that are too large for this client. */
  readonly tooLarge: Set<string> = new Set<string>();
  readonly sent: string[] = [];
  takenOverCount = 0;
  pumpsAskedFor = 0;

  sendPublish(publication: Publication, _subscription: Subscription, flags: number, packetId: number): SendResult {
    const payload = publication.payload.toString();
    if (this.tooLarge.has(payload)) return SendResult.tooLarge;
    const marks = `${(flags & PublishFlag.dup) === 0 ? "" : " dup"}${(flags & PublishFlag.retain) === 0 ? "" : " retain"}`;
    const qos = (flags >> 1) & 3;
    this.sent.push(qos === 0 ? `${payload} qos0${marks}` : `${payload} qos${qos} #${packetId}${marks}`);
    return SendResult.sent;
  }

  pumpLater(): void {
    this.pumpsAskedFor++;
  }

  sendPubrel(packetId: number): void {
    this.sent.push(`pubrel #${packetId}`);
  }

  takenOver(): void {
    this.takenOverCount++;
  }

  /** What was sent since the last call. */
  take(): string[] {
    return this.sent.splice(0);
  }
}
