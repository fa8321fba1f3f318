/** Bytes below which a compaction gains nothing that anybody would notice. */
const compactedBytesMin = 1024 * 1024;

/** Part of the store that deleted entries must take before it is written anew. */
const compactedPart = 0.25;

/** The same while entries are still being deleted. */
const pressingPart = 0.75;

/**
 * Estimates what deleted entries of queues take in files: the database tells only how large these are, and which entry
 * has which size nobody remembers. Says when merging the files is worth it, so that what is written anew for it stays
 * in proportion to what it frees, however large the store is.
 */
export class GarbageEstimate {
  /** Entries in the store. */
  #entries = 0;
  /** Deleted entries that the files still hold. */
  #deleted = 0;
  #deletedBefore = 0;

  /** Entries that were in the store at start. */
  found(entries: number): void {
    this.#entries = entries;
  }

  /** A commit added and deleted entries. */
  changed(added: number, deleted: number): void {
    this.#entries += added;
    this.deleted(deleted);
  }

  deleted(entries: number): void {
    this.#deleted += entries;
    this.#entries = Math.max(0, this.#entries - entries);
  }

  /**
   * Looked at once a second: true where the files are to be merged, which this takes for done then. Not while entries
   * are still being deleted, unless there is very much, or no room.
   */
  isDue(storeBytes: number, noRoom: boolean): boolean {
    const growing = this.#deleted !== this.#deletedBefore;
    this.#deletedBefore = this.#deleted;
    if (this.#deleted === 0) return false;
    const garbage = (storeBytes * this.#deleted) / (this.#deleted + this.#entries);
    const worth = Math.max(compactedBytesMin, storeBytes * compactedPart);
    if (garbage < worth || (growing && !noRoom && garbage < storeBytes * pressingPart)) return false;
    this.#deleted = 0;
    this.#deletedBefore = 0;
    return true;
  }
}
