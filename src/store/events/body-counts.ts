const segmentBits = 12;
const segmentSize = 1 << segmentBits;
const countMax = 0xffff_ffff;

interface Segment {
  readonly counts: Uint32Array;
  /** Counts that are not zero. */
  used: number;
}

/**
 * How many queues hold each body that stands by itself in the store. Four bytes a body in tables, nothing on the heap;
 * rebuilt from the queues at start. A body that only one queue holds stands inside that queue's entry and is not
 * counted.
 */
export class BodyCounts {
  readonly #segments = new Map<number, Segment>();
  #size = 0;

  /** Bodies that are held. */
  get size(): number {
    return this.#size;
  }

  add(body: number, references: number): void {
    const index = Math.floor(body / segmentSize);
    let segment = this.#segments.get(index);
    if (segment === undefined) {
      segment = { counts: new Uint32Array(segmentSize), used: 0 };
      this.#segments.set(index, segment);
    }
    const slot = body % segmentSize;
    const before = segment.counts[slot] as number;
    if (before === 0 && references > 0) {
      segment.used++;
      this.#size++;
    }
    segment.counts[slot] = Math.min(countMax, before + references);
  }

  /** One queue less holds the body; true where it was the last one. */
  release(body: number): boolean {
    const index = Math.floor(body / segmentSize);
    const segment = this.#segments.get(index);
    const slot = body % segmentSize;
    const before = segment?.counts[slot] ?? 0;
    if (segment === undefined || before === 0) return false;
    segment.counts[slot] = before - 1;
    if (before > 1) return false;
    this.#size--;
    segment.used--;
    if (segment.used === 0) this.#segments.delete(index);
    return true;
  }

  has(body: number): boolean {
    const segment = this.#segments.get(Math.floor(body / segmentSize));
    return (segment?.counts[body % segmentSize] ?? 0) > 0;
  }
}
