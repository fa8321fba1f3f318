import { TokenBucket } from "../admission/mod.ts";
import type { WheelEntry } from "../base/mod.ts";
import { ProtocolError, ReasonCode } from "../protocol/mod.ts";
import { Limit } from "../session/mod.ts";
import type { ClientTerms } from "./client-terms.ts";
import type { Connection } from "./connection.ts";

/** How fast one client is read. A connection without a rate has none. */
export class Intake implements WheelEntry {
  wheelNext: WheelEntry | null = null;
  wheelPrevious: WheelEntry | null = null;
  wheelSlot = -1;
  wheelDue = -1;
  /** True while nothing is read because the client was too fast. */
  resting = false;
  readonly #connection: Connection;
  readonly #messages: TokenBucket | null;
  readonly #bytes: TokenBucket | null;
  /** Until when it rests, in monotonic milliseconds. */
  #until = 0;

  constructor(connection: Connection, { messagesPerSecond, bytesPerSecond }: ClientTerms) {
    const { now } = connection.context.turn;
    this.#connection = connection;
    this.#messages = messagesPerSecond === 0 ? null : new TokenBucket(messagesPerSecond, now);
    this.#bytes = bytesPerSecond === 0 ? null : new TokenBucket(bytesPerSecond, now);
  }

  /** A PUBLISH came. */
  message(): void {
    if (this.#messages !== null)
      this.#wait(this.#messages.take(1, this.#connection.context.turn.now), Limit.messageRate);
  }

  /** So many bytes came. */
  bytes(count: number): void {
    if (this.#bytes !== null) this.#wait(this.#bytes.take(count, this.#connection.context.turn.now), Limit.byteRate);
  }

  /** @throws ProtocolError 0x96 where the configuration says that who is too fast is disconnected */
  #wait(milliseconds: number, limit: Limit): void {
    if (milliseconds === 0) return;
    const { settings, statistics, turn, parts } = this.#connection.context;
    if (settings.rateExceededCloses) {
      statistics.reached(limit);
      throw new ProtocolError(ReasonCode.messageRateTooHigh, "4.13", "more messages or bytes per second than allowed");
    }
    if (!this.resting) {
      statistics.reached(limit);
      this.resting = true;
      this.#connection.channel.pause();
    }
    this.#until = Math.max(this.#until, turn.now + milliseconds);
    parts.wheel.schedule(this, this.#until);
  }

  onWheel(): void {
    this.resting = false;
    this.#connection.wake();
  }

  /** The connection is over. */
  cancel(): void {
    this.#connection.context.parts.wheel.cancel(this);
  }
}
