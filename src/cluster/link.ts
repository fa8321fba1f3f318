import type { TopicFilter } from "../protocol/mod.ts";
import type { SpreadGroup } from "../router/mod.ts";
import { BatchWriter } from "./batch-writer.ts";
import { Record } from "./record.ts";

/** Bytes of a batch before its records: the sender's clock. */
const headBytes = 8;

/** What one shard says to one other, as a batch that grows until it is taken. */
export class Link {
  readonly shard: number;
  readonly writer: BatchWriter = new BatchWriter();
  /** The latest moment on the other shard's clock that was heard of. */
  heard = 0;
  /** Runs when a batch is begun: somebody has to send it. */
  readonly #onBegun: () => void;
  #begun = false;

  constructor(shard: number, onBegun: () => void) {
    this.shard = shard;
    this.#onBegun = onBegun;
  }

  /** True if there is a batch to send. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Begins a record, or, without one, a batch that says only that the sender is there. */
  begin(record: Record | null): BatchWriter {
    const { writer } = this;
    if (!this.#begun) {
      this.#begun = true;
      writer.reserve(headBytes);
      writer.at = headBytes;
      this.#onBegun();
    }
    if (record !== null) writer.byte(record);
    return writer;
  }

  filter(record: typeof Record.announce | typeof Record.lasting | typeof Record.withdraw, filter: TopicFilter): void {
    this.begin(record).text(filter);
  }

  /** What this shard has of a group. */
  group(group: SpreadGroup): void {
    const { members } = group;
    const writer = this.begin(Record.group);
    writer.text(group.filter);
    writer.text(group.shareName);
    writer.word(members.group);
    writer.word(members.online);
    writer.word(members.offline);
    writer.number(members.since);
  }

  /** The batch, with the moment at which it leaves. */
  take(moment: number): Uint8Array<ArrayBuffer> {
    this.#begun = false;
    this.writer.bytes.writeDoubleLE(moment, 0);
    return this.writer.take();
  }
}
