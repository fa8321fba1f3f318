import { PacketType } from "../protocol/mod.ts";

/** An acknowledgement that waits until what it promises is safe. */
export interface PendingAck {
  readonly ticket: number;
  readonly type: PacketType;
  readonly packetId: number;
  readonly reasonCode: number;
  /** Writes the answer where it is more than an acknowledgement; null: it is one. */
  readonly write: (() => void) | null;
}

/**
 * The acknowledgements of one connection that wait for the journal, in the order of the packets they answer
 * [MQTT-4.6.0-2] [MQTT-4.6.0-3]: one that is ready waits behind one that is not.
 */
export class PendingAcks {
  readonly #waiting: PendingAck[] = [];
  #next = 0;
  #pubacks = 0;
  #subacks = 0;

  /** Those that are PUBACKs: PUBLISH packets that count against the client's Receive Maximum. */
  get pubacks(): number {
    return this.#pubacks;
  }

  /** Those that answer SUBSCRIBE: what a subscription is owed comes behind them. */
  get subacks(): number {
    return this.#subacks;
  }

  get size(): number {
    return this.#waiting.length - this.#next;
  }

  add(ack: PendingAck): void {
    this.#waiting.push(ack);
    if (ack.type === PacketType.puback) this.#pubacks++;
    if (ack.type === PacketType.suback) this.#subacks++;
  }

  /** Hands over those at the front whose tickets are committed. */
  release(committed: number, send: (ack: PendingAck) => void): void {
    while (this.#next < this.#waiting.length) {
      const ack = this.#waiting[this.#next] as PendingAck;
      if (ack.ticket > committed) return;
      this.#next++;
      if (ack.type === PacketType.puback) this.#pubacks--;
      if (ack.type === PacketType.suback) this.#subacks--;
      send(ack);
    }
    this.#waiting.length = 0;
    this.#next = 0;
  }
}
