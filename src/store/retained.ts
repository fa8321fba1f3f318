import { StripedMap } from "../base/mod.ts";
import type { TopicFilter, TopicName } from "../protocol/mod.ts";
import type { Publication } from "./publication.ts";

/** Why a retained message was not taken. */
export type RetainedRefusal = "too_many_messages" | "too_many_bytes";

/** The retained messages (MQTT 5.0 section 3.3.1.3): at most one per topic. */
export interface RetainedStore {
  /** Messages held. */
  readonly count: number;
  /** Bytes held, by `Publication.storedBytes`. */
  readonly bytes: number;
  /** Keeps the message as its topic's only one; answers null, or why it was not taken: the old one stays then. */
  set(message: Publication): RetainedRefusal | null;
  /** The same whatever the ceilings: another shard has taken the message, and all hold the same ones. */
  adopt(message: Publication): void;
  /** Forgets the topic's message; true if there was one. */
  delete(topic: TopicName): boolean;
  /** The topic's message. */
  get(topic: TopicName): Publication | null;
  /**
   * Walks over the messages whose topics match, a few at a time: the caller may stop between two `next()` for as long
   * as it likes, while messages come and go. One that is set and stays during the whole walk is met exactly once.
   */
  match(filter: TopicFilter): RetainedCursor;
  /** The same over all messages, those whose topics begin with `$` included. */
  all(): RetainedCursor;
  /**
   * Begins to forget messages that have expired at `now` (monotonic milliseconds): a step of it at each call of what it
   * answers, true when all were looked at. Null where nothing can have expired.
   */
  sweep(now: number): (() => boolean) | null;
}

/** A walk over retained messages. */
export interface RetainedCursor {
  /** True once everything was met. */
  readonly done: boolean;
  /**
   * The next match, looked for in at most `steps` places: null where none of them was one, or at the end. So that a
   * filter which matches little among a million topics holds up nobody.
   */
  next(steps: number): Publication | null;
}

/** Ceilings of a {@link RetainedStore}. */
export interface RetainedLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

interface Level {
  /** Null while nothing is below: most levels are leaves. */
  children: StripedMap<Level> | null;
  message: Publication | null;
}

/** Topics that one step of a sweep looks at. */
const sweptPerStep = 1024;

/** The retained messages in memory, as a tree of topic levels. */
export class MemoryRetainedStore implements RetainedStore {
  readonly #root: Level = { children: null, message: null };
  readonly #limits: RetainedLimits;
  readonly #onExpired: (message: Publication) => void;
  #count = 0;
  #bytes = 0;
  /** Messages that expire at some time. */
  #expiring = 0;

  /** @param onExpired runs when a sweep has forgotten a message */
  constructor(limits: RetainedLimits, onExpired: (message: Publication) => void = () => {}) {
    this.#limits = limits;
    this.#onExpired = onExpired;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  set(message: Publication): RetainedRefusal | null {
    const old = this.get(message.topic.name);
    const bytes = this.#bytes + message.storedBytes - (old?.storedBytes ?? 0);
    if (old === null && this.#count >= this.#limits.messagesMax) return "too_many_messages";
    if (bytes > this.#limits.bytesMax) return "too_many_bytes";
    this.#put(message, old, bytes);
    return null;
  }

  adopt(message: Publication): void {
    const old = this.get(message.topic.name);
    this.#put(message, old, this.#bytes + message.storedBytes - (old?.storedBytes ?? 0));
  }

  #put(message: Publication, old: Publication | null, bytes: number): void {
    let level = this.#root;
    for (const part of message.topic.name.split("/")) {
      level.children ??= new StripedMap();
      let child = level.children.get(part);
      if (child === undefined) {
        child = { children: null, message: null };
        level.children.set(part, child);
      }
      level = child;
    }
    level.message = message;
    this.#expiring += expires(message) - expires(old);
    if (old === null) this.#count++;
    this.#bytes = bytes;
  }

  get(topic: TopicName): Publication | null {
    let level: Level | undefined = this.#root;
    for (const part of topic.split("/")) {
      level = level.children?.get(part);
      if (level === undefined) return null;
    }
    return level.message;
  }

  delete(topic: TopicName): boolean {
    const parts = topic.split("/");
    const path: Level[] = [this.#root];
    for (const part of parts) {
      const child = path.at(-1)?.children?.get(part);
      if (child === undefined) return false;
      path.push(child);
    }
    const leaf = path.at(-1);
    if (leaf === undefined || leaf.message === null) return false;
    this.#count--;
    this.#expiring -= expires(leaf.message);
    this.#bytes -= leaf.message.storedBytes;
    leaf.message = null;
    // Levels that lead nowhere go too: a million topics once used must not cost for ever.
    for (let depth = parts.length; depth > 0; depth--) {
      const level = path[depth] as Level;
      if (level.message !== null || level.children !== null) break;
      const parent = path[depth - 1] as Level;
      parent.children?.delete(parts[depth - 1] as string);
      if (parent.children?.isEmpty) parent.children = null;
    }
    return true;
  }

  match(filter: TopicFilter): RetainedCursor {
    return new LevelCursor(this.#root, filter.split("/"), false);
  }

  all(): RetainedCursor {
    return new LevelCursor(this.#root, ["#"], true);
  }

  sweep(now: number): (() => boolean) | null {
    if (this.#expiring === 0) return null;
    const cursor = this.all();
    return () => {
      for (let looked = 0; looked < sweptPerStep && !cursor.done; looked++) {
        const message = cursor.next(1);
        if (message?.secondsLeft(now) !== 0) continue;
        this.delete(message.topic.name);
        this.#onExpired(message);
      }
      return cursor.done;
    };
  }
}

interface Frame {
  readonly children: Iterator<[string, Level]>;
  /** Index in the filter of the level that the children stand for. */
  readonly depth: number;
}

/** 1 for a message that expires at some time, else 0. */
function expires(message: Publication | null): number {
  return message !== null && message.messageExpiryInterval >= 0 ? 1 : 0;
}

class LevelCursor implements RetainedCursor {
  readonly #parts: readonly string[];
  readonly #all: boolean;
  readonly #stack: Frame[] = [];
  /**
   * The level found last. Not its message: that may change before it is asked for, and the old one must not come after
   * the new one, which the client got meanwhile.
   */
  #found: Level | null = null;

  /** @param all match also what begins with `$` */
  constructor(root: Level, parts: readonly string[], all: boolean) {
    this.#parts = parts;
    this.#all = all;
    this.#enter(root, 0);
  }

  get done(): boolean {
    return this.#found === null && this.#stack.length === 0;
  }

  next(steps: number): Publication | null {
    for (let step = 0; step <= steps; step++) {
      const message = this.#found?.message ?? null;
      this.#found = null;
      if (message !== null) return message;
      const frame = this.#stack.at(-1);
      if (frame === undefined) return null;
      const entry = frame.children.next();
      if (entry.done === true) {
        this.#stack.pop();
        continue;
      }
      const [name, level] = entry.value;
      // [MQTT-4.7.2-1] A wildcard in the first level does not match what begins with '$'.
      if (!this.#all && frame.depth === 0 && this.#stack.length === 1 && name.startsWith("$")) continue;
      const below = this.#parts[frame.depth] === "#" ? frame.depth : frame.depth + 1;
      this.#enter(level, below);
    }
    return null;
  }

  /** `level` matches the filter's first `depth` parts. */
  #enter(level: Level, depth: number): void {
    const part = this.#parts[depth];
    if (part === undefined) {
      this.#found = level;
    } else if (part === "#") {
      // Section 4.7.1.2: "a/#" matches "a" too, and "#" stands for any number of levels.
      this.#found = level;
      this.#descend(level, depth);
    } else if (part === "+") {
      this.#descend(level, depth);
    } else {
      const child = level.children?.get(part);
      if (child !== undefined) this.#enter(child, depth + 1);
    }
  }

  #descend(level: Level, depth: number): void {
    if (level.children !== null) this.#stack.push({ children: level.children.entries(), depth });
  }
}
