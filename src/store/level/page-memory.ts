import type { PackedValues } from "../packed-values.ts";

/** Pieces of memory are made in multiples of this, so that they fit more often. */
const granuleBytes = 16 * 1024;

/** Bytes that are kept for the next pages. */
const keptBytesMax = 4 * 1024 * 1024;

/**
 * The memory of pages that were read from queues, used again: a page lives long enough to be found garbage only by a
 * full collection, and very many of them are read between two of these.
 */
export class PageMemory {
  readonly #free: ArrayBuffer[] = [];
  #freeBytes = 0;

  /** Memory of so many bytes that nothing else has a part in; what stands in it is of no meaning. */
  take(size: number): Buffer<ArrayBuffer> {
    const index = this.#free.findIndex(({ byteLength }) => byteLength >= size);
    const found = index < 0 ? undefined : this.#free.splice(index, 1)[0];
    if (found === undefined)
      return Buffer.allocUnsafeSlow(Math.ceil(size / granuleBytes) * granuleBytes).subarray(0, size);
    this.#freeBytes -= found.byteLength;
    return Buffer.from(found, 0, size);
  }

  /** Takes memory back that nobody looks at any more. */
  giveBack({ buffer }: PackedValues): void {
    if (this.#freeBytes + buffer.byteLength > keptBytesMax) return;
    this.#freeBytes += buffer.byteLength;
    this.#free.push(buffer);
  }
}
