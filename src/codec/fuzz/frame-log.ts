import { ProtocolError } from "../../protocol/mod.ts";
import { type FrameTarget, type PartialFrame, feed, keep, resume } from "../mod.ts";

/** What came out of a stream of bytes. */
export interface FrameLog {
  /** The packets as hex: the first byte, then the body. */
  readonly frames: readonly string[];
  /** The reason code that ended the stream, or null. */
  readonly error: number | null;
  /** Bytes that wait for the rest of their packet. */
  readonly waiting: number;
}

/** A target that logs what it gets, and parks itself at the packets that `parksAt` names by number. */
export class LoggingTarget implements FrameTarget {
  partial: PartialFrame | null = null;
  readonly packetSizeMax = 10_000;
  readonly #frames: string[] = [];
  readonly #parksAt: ReadonlySet<number>;
  #error: number | null = null;
  #parked = false;

  constructor(parksAt: readonly number[] = []) {
    this.#parksAt = new Set(parksAt);
  }

  onFrame(first: number, bytes: Buffer, start: number, end: number): boolean {
    this.#frames.push(Buffer.of(first).toString("hex") + bytes.toString("hex", start, end));
    this.#parked = this.#parksAt.has(this.#frames.length);
    return !this.#parked;
  }

  receive(bytes: Buffer): void {
    if (this.#parked) keep(this, bytes, 0, bytes.length);
    else this.#attempt(() => feed(this, bytes, 0, bytes.length));
  }

  /** Goes on until nothing that was kept is left. */
  unpark(): void {
    while (this.#parked) {
      this.#parked = false;
      this.#attempt(() => resume(this));
    }
  }

  get log(): FrameLog {
    return { frames: this.#frames, error: this.#error, waiting: this.partial?.length ?? 0 };
  }

  /** After an error the stream is over: nothing of it is read any more. */
  #attempt(step: () => void): void {
    if (this.#error !== null) return;
    try {
      step();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#error = error.reasonCode;
      this.partial = null;
    }
  }
}
