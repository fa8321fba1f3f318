/** Milliseconds of one slot, and slots that are looked back on: together a minute. */
const slotMilliseconds = 10_000;
const slotCount = 6;

/** How late the loop was at most within the last minute. Whoever reads it changes nothing, so several may. */
export class LoopLateness {
  readonly #slots: Float64Array = new Float64Array(slotCount);
  #slot = 0;

  /** A timer came so many milliseconds late. */
  note(milliseconds: number, now: number): void {
    this.#turnTo(now);
    const at = this.#slot % slotCount;
    this.#slots[at] = Math.max(this.#slots[at] as number, milliseconds);
  }

  /** Milliseconds. */
  max(now: number): number {
    this.#turnTo(now);
    return Math.max(...this.#slots);
  }

  /** Empties the slots that come anew. */
  #turnTo(now: number): void {
    const slot = Math.floor(now / slotMilliseconds);
    for (let passed = Math.max(this.#slot, slot - slotCount); passed < slot; passed++) {
      this.#slots[(passed + 1) % slotCount] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
  }
}
