const pageBits = 10;
const pageSize = 1 << pageBits;
const pageMask = pageSize - 1;

/** Entries in one bucket; a client that chooses keys with equal hashes gets no longer ones. */
const bucketMax = 24;

/** What a {@link LinkedTable} holds: it knows its own key and its place in a bucket. */
export interface Linked<Entry> {
  /** {@link hashOf} its key. */
  readonly hash: number;
  /** The table's: next in the same bucket. */
  next: Entry | null;
}

/** FNV-1a, mixed so that the low bits depend on all of it. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}

/**
 * Entries by key, for millions of them. A Map would do, but for two things. V8 puts each key that a Map is asked for
 * into the table of all strings it knows: a copy, an entry there, and work in each collection of garbage for every
 * one of them, all in one go. And a Map that grows moves all its entries at once.
 *
 * Here an entry is itself the link of its bucket, and the table grows and shrinks by one bucket at a time (linear
 * hashing): bucket 5 is split off bucket 1 when there are more entries than buckets, then bucket 6 off bucket 2.
 *
 *     pages   [ 0 1 2 ... 1023 ] [ 1024 ... ]
 *               |   entry -> entry
 *               entry
 */
export class LinkedTable<Entry extends Linked<Entry>> {
  readonly #pages: (Entry | null)[][] = [[null]];
  #buckets = 1;
  /** One less than the lowest power of two that is not below the number of buckets. */
  #mask = 0;
  #size = 0;
  readonly #keyOf: (entry: Entry) => string;
  /** Those whose bucket was full. */
  #crowd: Map<string, Entry> | null = null;

  constructor(keyOf: (entry: Entry) => string) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#size;
  }

  /** The entry with this key; `hash` is {@link hashOf} it. */
  get(key: string, hash: number): Entry | null {
    const index = this.#bucketOf(hash);
    let entry = (this.#pages[index >>> pageBits] as (Entry | null)[])[index & pageMask] as Entry | null;
    for (; entry !== null; entry = entry.next) if (entry.hash === hash && this.#keyOf(entry) === key) return entry;
    return this.#crowd === null ? null : (this.#crowd.get(key) ?? null);
  }

  /** Adds an entry, whose key is not in the table. */
  add(entry: Entry): void {
    this.#link(entry);
    this.#size++;
    if (this.#size > this.#buckets) this.#grow();
  }

  /** Takes out an entry; false if it is not in the table. */
  delete(entry: Entry): boolean {
    if (!this.#unlink(entry) && !this.#leaveCrowd(entry)) return false;
    this.#size--;
    if (this.#size < this.#buckets >>> 2) this.#shrink();
    return true;
  }

  /** All entries, in no particular order. The table must not change during the walk. */
  *[Symbol.iterator](): Generator<Entry> {
    for (const page of this.#pages) {
      for (const first of page) for (let entry = first; entry !== null; entry = entry.next) yield entry;
    }
    if (this.#crowd !== null) yield* this.#crowd.values();
  }

  #bucketOf(hash: number): number {
    const index = hash & this.#mask;
    return index < this.#buckets ? index : index & (this.#mask >>> 1);
  }

  #link(entry: Entry): void {
    const index = this.#bucketOf(entry.hash);
    const page = this.#pages[index >>> pageBits] as (Entry | null)[];
    const first = page[index & pageMask] as Entry | null;
    let length = 0;
    for (let other = first; other !== null; other = other.next) length++;
    if (length < bucketMax) {
      entry.next = first;
      page[index & pageMask] = entry;
      return;
    }
    entry.next = null;
    this.#crowd ??= new Map();
    this.#crowd.set(this.#keyOf(entry), entry);
  }

  #unlink(entry: Entry): boolean {
    const index = this.#bucketOf(entry.hash);
    const page = this.#pages[index >>> pageBits] as (Entry | null)[];
    const first = page[index & pageMask] as Entry | null;
    if (first === entry) {
      page[index & pageMask] = entry.next;
      entry.next = null;
      return true;
    }
    for (let before = first; before !== null; before = before.next) {
      if (before.next !== entry) continue;
      before.next = entry.next;
      entry.next = null;
      return true;
    }
    return false;
  }

  #leaveCrowd(entry: Entry): boolean {
    if (this.#crowd === null) return false;
    const key = this.#keyOf(entry);
    if (this.#crowd.get(key) !== entry) return false;
    this.#crowd.delete(key);
    if (this.#crowd.size === 0) this.#crowd = null;
    return true;
  }

  /** Splits the next bucket in two. */
  #grow(): void {
    const added = this.#buckets;
    if (added > this.#mask) this.#mask = this.#mask * 2 + 1;
    const split = added & (this.#mask >>> 1);
    const page = this.#room(added);
    const splitPage = this.#pages[split >>> pageBits] as (Entry | null)[];
    let entry = splitPage[split & pageMask] as Entry | null;
    let staying: Entry | null = null;
    let moving: Entry | null = null;
    while (entry !== null) {
      const next: Entry | null = entry.next;
      if ((entry.hash & this.#mask) === added) {
        entry.next = moving;
        moving = entry;
      } else {
        entry.next = staying;
        staying = entry;
      }
      entry = next;
    }
    splitPage[split & pageMask] = staying;
    page[added & pageMask] = moving;
    this.#buckets = added + 1;
  }

  /** The page of a bucket that is about to be the last one. */
  #room(bucket: number): (Entry | null)[] {
    const number = bucket >>> pageBits;
    const page = this.#pages[number];
    if (page !== undefined && (bucket & pageMask) < page.length) return page;
    // The first page is small as long as the table is; all others have their full size at once.
    const size = number === 0 ? bucket * 2 : pageSize;
    const made = new Array<Entry | null>(size).fill(null);
    for (let index = 0; page !== undefined && index < page.length; index++) made[index] = page[index] as Entry | null;
    this.#pages[number] = made;
    return made;
  }

  /** Puts what is in the last bucket into the one that it was split off. */
  #shrink(): void {
    const last = this.#buckets - 1;
    const page = this.#pages[last >>> pageBits] as (Entry | null)[];
    let entry = page[last & pageMask] as Entry | null;
    page[last & pageMask] = null;
    if ((last & pageMask) === 0) this.#pages.pop();
    this.#buckets = last;
    if (last === (this.#mask >>> 1) + 1) this.#mask >>>= 1;
    while (entry !== null) {
      const next: Entry | null = entry.next;
      this.#link(entry);
      entry = next;
    }
  }
}
