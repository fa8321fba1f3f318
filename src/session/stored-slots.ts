/** What the store knows a message of an {@link Outbox} by; parallel to its other arrays. */
export class StoredSlots {
  /** Sequence within the session: the message's name in the store, and where its packet identifier comes from. */
  sequences: number[];
  /** The event log's handles; 0: the store does not have it. */
  handles: number[];
  /** Numbers of the bodies. */
  bodies: number[];

  constructor(slots: number) {
    this.sequences = new Array<number>(slots).fill(0);
    this.handles = new Array<number>(slots).fill(0);
    this.bodies = new Array<number>(slots).fill(0);
  }

  /** Takes over one slot of another. */
  copy(to: number, from: StoredSlots, at: number): void {
    this.sequences[to] = from.sequences[at] as number;
    this.handles[to] = from.handles[at] as number;
    this.bodies[to] = from.bodies[at] as number;
  }
}

/** What the next message pushed is known by. */
export interface StoredName {
  sequence: number;
  handle: number;
  body: number;
}
