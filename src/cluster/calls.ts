import type { Timer } from "../base/mod.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { Link } from "./link.ts";
import { Record } from "./record.ts";

/** What {@link Calls} work with. */
export interface CallsParts {
  readonly links: ReadonlyMap<number, Link>;
  /** Calls `run` once after a time. */
  readonly after: (milliseconds: number, run: () => void) => Timer;
}

/** Milliseconds after which a shard that does not answer counts as having nothing to say. */
const answerMilliseconds = 1000;

interface OpenCall {
  readonly shard: number;
  readonly timer: Timer;
  readonly resolve: (answer: string | null) => void;
}

/** Questions of one shard to another, apart from messages and sessions: who is connected there, what to do to whom. */
export class Calls {
  /** Answers what other shards ask. Set by the broker. */
  onQuestion: (question: string) => Promise<string> = () => Promise.resolve("null");
  readonly #parts: CallsParts;
  readonly #open = new Map<number, OpenCall>();
  #last = 0;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  /** The other shards. */
  get shards(): readonly number[] {
    return [...this.#parts.links.keys()];
  }

  /** Asks a shard; null where it is gone, or does not answer within a second. */
  ask(shard: number, question: string): Promise<string | null> {
    const link = this.#parts.links.get(shard);
    if (link === undefined) return Promise.resolve(null);
    const number = (this.#last = (this.#last + 1) >>> 0);
    const writer = link.begin(Record.question);
    writer.word(number);
    writer.data(Buffer.from(question));
    return new Promise((resolve) => {
      const timer = this.#parts.after(answerMilliseconds, () => this.#end(number, null));
      this.#open.set(number, { shard, timer, resolve });
    });
  }

  /** Another shard asks. */
  asked(link: Link, reader: BatchReader): void {
    const number = reader.word();
    void this.onQuestion(reader.data().toString()).then((answer) => {
      // It may be gone by now.
      if (this.#parts.links.get(link.shard) !== link) return;
      const writer = link.begin(Record.reply);
      writer.word(number);
      writer.data(Buffer.from(answer));
    });
  }

  /** Another shard has answered. */
  answered(reader: BatchReader): void {
    const number = reader.word();
    this.#end(number, reader.data().toString());
  }

  /** A shard is gone: nobody waits for it. */
  gone(shard: number): void {
    for (const [number, call] of this.#open) if (call.shard === shard) this.#end(number, null);
  }

  #end(number: number, answer: string | null): void {
    const call = this.#open.get(number);
    if (call === undefined) return;
    this.#open.delete(number);
    call.timer.cancel();
    call.resolve(answer);
  }
}
