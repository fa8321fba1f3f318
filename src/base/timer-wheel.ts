/** Something that waits on a {@link TimerWheel}. The fields belong to the wheel; they save an object per timer. */
export interface WheelEntry {
  wheelNext: WheelEntry | null;
  wheelPrevious: WheelEntry | null;
  /** The slot the entry hangs in, or -1 while it does not wait. */
  wheelSlot: number;
  /** The tick at which it fires, -1 while it does not wait. */
  wheelDue: number;
  /** Called once when it is due; it may schedule itself or others again. */
  onWheel(): void;
}

const slotCount = 512;

/**
 * Very many coarse timers at O(1) each: an entry hangs in slot `due % 512` of one turning wheel, and an entry whose
 * turn has not come yet stays in its slot for another round.
 *
 *     slot   0    1    2   ...  511
 *            |    |    |
 *            e    e    .        (doubly linked: cancel is O(1), nothing is allocated)
 *            e
 *
 * Keep-alive, session expiry, wills and deadlines wait here. An entry never fires early; it may fire up to one tick
 * late.
 */
export class TimerWheel {
  readonly #slots: (WheelEntry | null)[] = new Array<WheelEntry | null>(slotCount).fill(null);
  readonly #tickMilliseconds: number;
  readonly #onFailure: (error: unknown) => void;
  #tick: number;
  #size = 0;

  /** @param onFailure is told what an entry threw; a mistake of ours */
  constructor(tickMilliseconds: number, nowMilliseconds: number, onFailure: (error: unknown) => void) {
    this.#tickMilliseconds = tickMilliseconds;
    this.#onFailure = onFailure;
    this.#tick = Math.floor(nowMilliseconds / tickMilliseconds);
  }

  /** Entries that wait. */
  get size(): number {
    return this.#size;
  }

  /** Lets the entry fire at or just after `dueMilliseconds`; one that waits already is moved. */
  schedule(entry: WheelEntry, dueMilliseconds: number): void {
    this.cancel(entry);
    const due = Math.max(Math.ceil(dueMilliseconds / this.#tickMilliseconds), this.#tick + 1);
    const slot = due % slotCount;
    const next = this.#slots[slot] ?? null;
    entry.wheelDue = due;
    entry.wheelSlot = slot;
    entry.wheelNext = next;
    entry.wheelPrevious = null;
    if (next !== null) next.wheelPrevious = entry;
    this.#slots[slot] = entry;
    this.#size++;
  }

  /** Takes the entry off the wheel; does nothing if it does not wait. */
  cancel(entry: WheelEntry): void {
    // Also one that #fire took off a moment ago and has not run yet.
    entry.wheelDue = -1;
    this.#unhook(entry);
  }

  #unhook(entry: WheelEntry): void {
    if (entry.wheelSlot < 0) return;
    if (entry.wheelPrevious === null) this.#slots[entry.wheelSlot] = entry.wheelNext;
    else entry.wheelPrevious.wheelNext = entry.wheelNext;
    if (entry.wheelNext !== null) entry.wheelNext.wheelPrevious = entry.wheelPrevious;
    entry.wheelNext = null;
    entry.wheelPrevious = null;
    entry.wheelSlot = -1;
    this.#size--;
  }

  /** Fires everything that is due at `nowMilliseconds`. */
  advance(nowMilliseconds: number): void {
    const target = Math.floor(nowMilliseconds / this.#tickMilliseconds);
    // After a long stop one round visits every slot; more would visit them again for nothing.
    if (target - this.#tick > slotCount) this.#tick = target - slotCount;
    while (this.#tick < target) {
      this.#tick++;
      this.#fire(this.#tick % slotCount, target);
    }
  }

  #fire(slot: number, target: number): void {
    // Due entries are taken off before any of them runs: a callback may cancel or schedule any entry.
    let due: WheelEntry[] | null = null;
    for (let entry = this.#slots[slot] ?? null; entry !== null;) {
      const next: WheelEntry | null = entry.wheelNext;
      if (entry.wheelDue <= target) (due ??= []).push(entry);
      entry = next;
    }
    if (due === null) return;
    for (const entry of due) this.#unhook(entry);
    for (const entry of due) {
      // An earlier callback may have cancelled this one or scheduled it again.
      if (entry.wheelSlot >= 0 || entry.wheelDue < 0) continue;
      entry.wheelDue = -1;
      this.#run(entry);
    }
  }

  /** One that fails takes none of the others with it: their clients would be waited for, and kept, for ever. */
  #run(entry: WheelEntry): void {
    try {
      entry.onWheel();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
