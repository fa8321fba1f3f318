import type { BatchReader } from "./batch-reader.ts";
import type { Link } from "./link.ts";
import { Record } from "./record.ts";

/** Numbers that shards tell each other: what counts towards limits of the whole broker. */
export class News {
  /** Runs for each number that another shard tells. Set by the broker. */
  onNews: (from: number, kind: number, name: string, value: number) => void = () => {};
  /** Runs when another shard has come: it knows nothing yet. Set by the broker. */
  onJoined: () => void = () => {};
  /** Runs when another shard is gone: nothing of it counts. Set by the broker. */
  onGone: (shard: number) => void = () => {};
  readonly #links: ReadonlyMap<number, Link>;

  constructor(links: ReadonlyMap<number, Link>) {
    this.#links = links;
  }

  /** Tells all others. @param kind below 256; what it means is the broker's affair, as is `name` */
  tell(kind: number, name: string, value: number): void {
    for (const link of this.#links.values()) {
      const writer = link.begin(Record.news);
      writer.byte(kind);
      writer.text(name);
      writer.number(value);
    }
  }

  /** Another shard tells. */
  told(link: Link, reader: BatchReader): void {
    const kind = reader.byte();
    const name = reader.text();
    this.onNews(link.shard, kind, name, reader.number());
  }
}
