import { checkText } from "../codec/mod.ts";
import { ProtocolError, ReasonCode, type TopicName, topicName } from "../protocol/mod.ts";
import type { Route } from "./route.ts";
import type { RouteStamps } from "./route-stamps.ts";

/** A topic that was published to lately: checked once, with its route at hand. */
export class Topic {
  // First what every message reads.
  readonly hash: number;
  /** Next in the same bucket. */
  next: Topic | null = null;
  /** The name as it stands in a PUBLISH. */
  bytes: Buffer;
  /** The cached route; valid while `stamp` equals the router's stamp for the topic's cells. */
  route: Route | null = null;
  /** The age of {@link RouteStamps} at which the stamp was last compared: while nothing changes it need not be. */
  checkedAt = -1;
  /** Levels of the name. */
  readonly levels: number;
  /** True for `$SYS/...`, which only the server publishes to. */
  readonly isReserved: boolean;
  /** Whether its durability level keeps its messages beyond the process; null until somebody asks. */
  durable: boolean | null = null;
  readonly name: TopicName;
  stamp = -1;
  /** The cells of {@link RouteStamps} that its route depends on. */
  readonly cell1: number;
  readonly cell2: number;
  readonly cell3: number;
  readonly cellWhole: number;

  constructor(name: TopicName, bytes: Buffer, hash: number, stamps: RouteStamps) {
    this.name = name;
    this.levels = levelsOf(name);
    this.bytes = bytes;
    this.hash = hash;
    this.cell1 = stamps.prefixCell(name, 1);
    this.cell2 = stamps.prefixCell(name, 2);
    this.cell3 = stamps.prefixCell(name, 3);
    this.cellWhole = stamps.wholeCell(name);
    this.isReserved = name === "$SYS" || name.startsWith("$SYS/");
  }
}

/** Bytes of names that the table may hold per entry, on average. */
const bytesPerEntry = 256;

/** Topics in one bucket; more would let a client that chooses names with equal hashes slow down every look-up. */
const bucketMax = 8;

/**
 * Topics by the bytes of their names, so that the name in a PUBLISH is neither made a string nor checked again.
 *
 * Bounded by number and by bytes: there are two tables. New topics go into the young one; when it is full it becomes
 * the old one, and the old one is forgotten. A topic found in the old one moves to the young one. So a client that
 * publishes to a million topics pushes out what is not used, and what is used stays.
 */
export class TopicTable {
  readonly #half: number;
  readonly #levelsMax: number;
  readonly #stamps: RouteStamps;
  readonly #mask: number;
  #young: (Topic | null)[];
  #old: (Topic | null)[];
  #youngCount = 0;
  #oldCount = 0;
  #youngBytes = 0;

  /**
   * @param entriesMax topics kept at most, rounded up to a power of two
   * @param levelsMax levels that a topic may have
   */
  constructor(entriesMax: number, levelsMax: number, stamps: RouteStamps) {
    const half = 1 << Math.max(4, Math.ceil(Math.log2(entriesMax)) - 1);
    this.#half = half;
    this.#levelsMax = levelsMax;
    this.#stamps = stamps;
    this.#mask = half - 1;
    this.#young = new Array<Topic | null>(half).fill(null);
    this.#old = new Array<Topic | null>(half).fill(null);
  }

  /** Topics held. */
  get size(): number {
    return this.#youngCount + this.#oldCount;
  }

  /**
   * The topic whose name is `bytes[start..end)`.
   * @throws ProtocolError 0x81 if it is no valid string, 0x90 if it is no topic name or has too many levels
   */
  find(bytes: Buffer, start: number, end: number): Topic {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    hash ^= hash >>> 15;
    const slot = hash & this.#mask;
    const length = end - start;
    for (let topic = this.#young[slot] ?? null; topic !== null; topic = topic.next) {
      if (topic.hash === hash && topic.bytes.length === length && sameBytes(topic.bytes, bytes, start)) return topic;
    }
    return this.#takeOld(bytes, start, end, hash) ?? this.#make(bytes, start, end, hash);
  }

  /** The topic of a name that was checked. */
  findName(name: TopicName): Topic {
    const bytes = Buffer.from(name);
    return this.find(bytes, 0, bytes.length);
  }

  #takeOld(bytes: Buffer, start: number, end: number, hash: number): Topic | null {
    const slot = hash & this.#mask;
    const length = end - start;
    let previous: Topic | null = null;
    for (let topic = this.#old[slot] ?? null; topic !== null; topic = topic.next) {
      if (topic.hash === hash && topic.bytes.length === length && sameBytes(topic.bytes, bytes, start)) {
        if (previous === null) this.#old[slot] = topic.next;
        else previous.next = topic.next;
        this.#oldCount--;
        // Bytes of one generation share slabs of memory; what stays does not hold the slab of those that go.
        topic.bytes = Buffer.from(topic.bytes);
        return this.#add(topic);
      }
      previous = topic;
    }
    return null;
  }

  #make(bytes: Buffer, start: number, end: number, hash: number): Topic {
    checkText(bytes, start, end);
    const own = Buffer.allocUnsafe(end - start);
    bytes.copy(own, 0, start, end);
    const name = topicName(own.toString("utf8"));
    const topic = new Topic(name, own, hash, this.#stamps);
    this.#checkLevels(topic);
    return this.#add(topic);
  }

  #checkLevels({ levels }: Topic): void {
    if (levels > this.#levelsMax) {
      throw new ProtocolError(
        ReasonCode.topicNameInvalid,
        "4.7.3",
        `a topic name of ${levels} levels, the maximum is ${this.#levelsMax}`,
      );
    }
  }

  #add(topic: Topic): Topic {
    if (this.#youngCount >= this.#half || this.#youngBytes >= this.#half * bytesPerEntry) {
      this.#old = this.#young;
      this.#oldCount = this.#youngCount;
      this.#young = new Array<Topic | null>(this.#half).fill(null);
      this.#youngCount = 0;
      this.#youngBytes = 0;
    }
    const slot = topic.hash & this.#mask;
    topic.next = this.#young[slot] ?? null;
    this.#young[slot] = topic;
    this.#youngCount++;
    this.#youngBytes += topic.bytes.length;
    this.#cutBucket(topic);
    return topic;
  }

  #cutBucket(first: Topic): void {
    let last = first;
    for (let length = 1; length < bucketMax; length++) {
      if (last.next === null) return;
      last = last.next;
    }
    for (let topic = last.next; topic !== null; topic = topic.next) this.#youngCount--;
    last.next = null;
  }
}

function levelsOf(name: TopicName): number {
  let levels = 1;
  for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) === 0x2f) levels++;
  return levels;
}

function sameBytes(own: Buffer, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < own.length; index++) if (own[index] !== bytes[start + index]) return false;
  return true;
}
