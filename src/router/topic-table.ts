import { checkText } from "../codec/mod.ts";
import { ProtocolError, ReasonCode, type TopicName, topicName } from "../protocol/mod.ts";
import type { Route } from "./route.ts";
import type { StampCells } from "./route-stamps.ts";

/** A topic that was published to lately: checked once, with its route at hand. */
export class Topic {
  readonly name: TopicName;
  /** The name as it stands in a PUBLISH. */
  readonly bytes: Buffer;
  readonly hash: number;
  /** Next in the same bucket. */
  next: Topic | null = null;
  /** The cached route; valid while `stamp` equals the router's stamp for `cells`. */
  route: Route | null = null;
  stamp = -1;
  readonly cells: StampCells;
  /** True for `$SYS/...`, which only the server publishes to. */
  readonly isReserved: boolean;

  constructor(name: TopicName, bytes: Buffer, hash: number, cells: StampCells) {
    this.name = name;
    this.bytes = bytes;
    this.hash = hash;
    this.cells = cells;
    this.isReserved = name === "$SYS" || name.startsWith("$SYS/");
  }
}

/**
 * Topics by the bytes of their names, so that the name in a PUBLISH is neither made a string nor checked again.
 *
 * Bounded: there are two tables. New topics go into the young one; when it is full it becomes the old one, and the old
 * one is forgotten. A topic found in the old one moves to the young one. So a client that publishes to a million topics
 * pushes out what is not used, and what is used stays.
 */
export class TopicTable {
  readonly #half: number;
  readonly #levelsMax: number;
  readonly #cellsOf: (name: TopicName) => StampCells;
  readonly #mask: number;
  #young: (Topic | null)[];
  #old: (Topic | null)[];
  #youngCount = 0;
  #oldCount = 0;

  /**
   * @param entriesMax topics kept at most, rounded up to a power of two
   * @param levelsMax levels that a topic may have
   */
  constructor(entriesMax: number, levelsMax: number, cellsOf: (name: TopicName) => StampCells) {
    const half = 1 << Math.max(4, Math.ceil(Math.log2(entriesMax)) - 1);
    this.#half = half;
    this.#levelsMax = levelsMax;
    this.#cellsOf = cellsOf;
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
    return this.#findOld(bytes, start, end, hash);
  }

  /** The topic of a name that was checked. */
  findName(name: TopicName): Topic {
    const bytes = Buffer.from(name);
    return this.find(bytes, 0, bytes.length);
  }

  #findOld(bytes: Buffer, start: number, end: number, hash: number): Topic {
    const slot = hash & this.#mask;
    const length = end - start;
    let previous: Topic | null = null;
    for (let topic = this.#old[slot] ?? null; topic !== null; topic = topic.next) {
      if (topic.hash === hash && topic.bytes.length === length && sameBytes(topic.bytes, bytes, start)) {
        if (previous === null) this.#old[slot] = topic.next;
        else previous.next = topic.next;
        this.#oldCount--;
        return this.#add(topic);
      }
      previous = topic;
    }
    checkText(bytes, start, end);
    const own = Buffer.allocUnsafeSlow(length);
    bytes.copy(own, 0, start, end);
    const name = topicName(own.toString("utf8"));
    this.#checkLevels(name);
    return this.#add(new Topic(name, own, hash, this.#cellsOf(name)));
  }

  #checkLevels(name: TopicName): void {
    let levels = 1;
    for (let at = 0; at < name.length; at++) if (name.charCodeAt(at) === 0x2f) levels++;
    if (levels > this.#levelsMax) {
      throw new ProtocolError(
        ReasonCode.topicNameInvalid,
        "4.7.3",
        `a topic name of ${levels} levels, the maximum is ${this.#levelsMax}`,
      );
    }
  }

  #add(topic: Topic): Topic {
    if (this.#youngCount >= this.#half) {
      this.#old = this.#young;
      this.#oldCount = this.#youngCount;
      this.#young = new Array<Topic | null>(this.#half).fill(null);
      this.#youngCount = 0;
    }
    const slot = topic.hash & this.#mask;
    topic.next = this.#young[slot] ?? null;
    this.#young[slot] = topic;
    this.#youngCount++;
    return topic;
  }
}

function sameBytes(own: Buffer, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < own.length; index++) if (own[index] !== bytes[start + index]) return false;
  return true;
}
