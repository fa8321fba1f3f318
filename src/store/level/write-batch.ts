import { assert } from "../../base/mod.ts";
import type { Database } from "./open-database.ts";

type ChainedBatch = ReturnType<Database["batch"]>;

/** What classic-level adds to the batches of abstract-level: the way to the database's own batch. */
interface NativeBatch {
  _put(key: Buffer, value: Buffer): void;
  _del(key: Buffer): void;
  _clear(): void;
  _write(options: { readonly sync: boolean }): Promise<void>;
}

/** Bytes of a batch above which its memory is not kept for the next one. */
const keptBytesMax = 1024 * 1024;

/**
 * Changes of a database that are made all or none. It is used again for one commit after the other: the memory of a
 * native batch is not freed before a full garbage collection, of which there are few while messages are written, and
 * the collector knows nothing of it. And each change goes straight to the native batch: on the usual way an object is
 * made for it.
 */
export class WriteBatch {
  readonly database: Database;
  readonly #native: NativeBatch;
  #bytes = 0;

  constructor(database: Database) {
    this.database = database;
    const batch = database.batch();
    assert(isNative(batch), "batches of classic-level have methods of their own");
    this.#native = batch;
  }

  put(key: Buffer, value: Buffer): void {
    this.#bytes += key.length + value.length;
    this.#native._put(key, value);
  }

  delete(key: Buffer): void {
    this.#bytes += key.length;
    this.#native._del(key);
  }

  /** Writes everything or nothing; resolves when the disk has it. */
  write(): Promise<void> {
    // The native batch would not notice.
    if (this.database.status !== "open") return Promise.reject(new Error("the database is not open"));
    return this.#native._write({ sync: true });
  }

  /** Forgets its changes, of which nothing may be under way; false if a new one is to be taken for the next. */
  clear(): boolean {
    const isSmall = this.#bytes <= keptBytesMax;
    this.#native._clear();
    this.#bytes = 0;
    return isSmall;
  }
}

/** Hands out batches, one at a time, the same again where that can be. */
export class WriteBatches {
  #spare: WriteBatch | null = null;

  take(database: Database): WriteBatch {
    const spare = this.#spare;
    this.#spare = null;
    return spare?.database === database ? spare : new WriteBatch(database);
  }

  /** Takes back one that is done with. */
  giveBack(batch: WriteBatch): void {
    if (batch.clear()) this.#spare = batch;
  }
}

function isNative(batch: ChainedBatch): batch is ChainedBatch & NativeBatch {
  return "_put" in batch && "_del" in batch && "_clear" in batch && "_write" in batch;
}
