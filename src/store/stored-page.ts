import { LastTopic, type MessageReading } from "./events/message-bytes.ts";
import { readEntry } from "./events/queue-entry.ts";
import type { PackedValues } from "./packed-values.ts";
import type { StoredMessage } from "./stored-message.ts";

/** Bytes that a message in memory costs besides its own, with what waits for the next garbage collection. */
const messageOverhead = 2000;

/**
 * A stretch of a session's queue as it stands in the store. Its messages are made only when they are wanted: each takes
 * many times its bytes then. The stretch's memory is given back with the last one.
 */
export class StoredPage {
  readonly #reading: MessageReading;
  readonly #onEnd: () => void;
  #bytes: Buffer;
  #next = 0;

  /**
   * @param values entries of a queue, each with its body in front
   * @param monotonicOf turns wall clock milliseconds into those of this process's monotonic clock
   * @param onEnd runs when nothing refers to the values any more, unless the page is given up before
   */
  constructor(values: PackedValues, monotonicOf: (wall: number) => number, onEnd: () => void = () => {}) {
    this.#bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.#reading = { monotonicOf, topics: new LastTopic() };
    this.#onEnd = onEnd;
  }

  /** True if there is nothing left to be taken. */
  get isEmpty(): boolean {
    return this.#next === this.#bytes.length;
  }

  /**
   * Makes the next messages, in their order.
   * @param bytesMax bytes of memory after which no more are made; at least one is, where there is one
   * @throws WorldError `store_damaged`
   */
  take(bytesMax: number): StoredMessage[] {
    const messages: StoredMessage[] = [];
    const chunk = this.#copyNext(bytesMax);
    for (let at = 0; at < chunk.length;) {
      const end = at + 4 + chunk.readUInt32BE(at);
      messages.push(readEntry(chunk.subarray(at + 4, end), this.#reading));
      at = end;
    }
    if (this.isEmpty && messages.length > 0) {
      this.#bytes = nothing;
      this.#next = 0;
      this.#onEnd();
    }
    return messages;
  }

  /** Copies the next values: the messages refer to the copy, of which each may keep the whole. */
  #copyNext(bytesMax: number): Buffer {
    const start = this.#next;
    for (let bytes = 0; bytes < bytesMax && !this.isEmpty;) {
      const size = 4 + this.#bytes.readUInt32BE(this.#next);
      this.#next += size;
      bytes += messageOverhead + size;
    }
    const chunk = Buffer.allocUnsafeSlow(this.#next - start);
    this.#bytes.copy(chunk, 0, start, this.#next);
    return chunk;
  }
}

const nothing = Buffer.alloc(0);
