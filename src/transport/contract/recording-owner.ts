import type { ChannelOwner } from "../mod.ts";
import { Signal } from "./signal.ts";

/** The broker's end of a channel under test: notes all that the transport tells it. */
export class RecordingOwner implements ChannelOwner {
  readonly pieces: Buffer[] = [];
  length = 0;
  drained = 0;
  ended = 0;
  closed = 0;
  cause: string | null = null;
  /** Calls that came after `onClosed`. */
  afterClosed = 0;
  /** What the broker does with received bytes, besides noting them. */
  onReceived: (bytes: Buffer) => void = () => {};
  readonly #signal = new Signal();

  onBytes(bytes: Buffer, start: number, end: number): void {
    this.#called();
    // The bytes are valid during the call only.
    const piece = Buffer.from(bytes.subarray(start, end));
    this.pieces.push(piece);
    this.length += piece.length;
    this.onReceived(piece);
    this.#signal.notify();
  }

  onDrained(): void {
    this.#called();
    this.drained++;
    this.#signal.notify();
  }

  onEnded(): void {
    this.#called();
    this.ended++;
    this.#signal.notify();
  }

  onClosed(cause: string | null): void {
    this.#called();
    this.closed++;
    this.cause = cause;
    this.#signal.notify();
  }

  get received(): Buffer {
    return Buffer.concat(this.pieces);
  }

  until(holds: () => boolean): Promise<void> {
    return this.#signal.until(holds);
  }

  #called(): void {
    if (this.closed > 0) this.afterClosed++;
  }
}
