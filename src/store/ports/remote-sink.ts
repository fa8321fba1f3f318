import { WorldError } from "../../base/mod.ts";
import type { EventSink } from "../event-sink.ts";
import type { JournalStatistics } from "../journal.ts";
import type { QueueRequest } from "../stored-message.ts";
import type { PackedValues } from "../packed-values.ts";
import { type FromStore, newStatistics, type StorePort, type ToStore } from "./store-message.ts";

interface Question {
  readonly resolve: (values: PackedValues) => void;
  readonly reject: (error: Error) => void;
}

/** The store on another thread, as a shard's journal sees it. */
export class RemoteSink implements EventSink {
  /** Its own share: stretches and bytes of this shard; the size is that of the whole store. */
  readonly statistics: JournalStatistics = newStatistics();
  failing = false;
  refuses = false;
  outOfRoom = false;
  onWritten: () => void = () => {};
  onFailing: () => void = () => {};
  readonly #port: StorePort<ToStore, FromStore>;
  readonly #questions = new Map<number, Question>();
  readonly #closed = Promise.withResolvers<void>();
  #lastId = 0;
  #writtenBytes = 0;
  #closing = false;

  constructor(port: StorePort<ToStore, FromStore>) {
    this.#port = port;
  }

  write(events: Buffer): void {
    const copy = new Uint8Array(events);
    this.#writtenBytes = copy.length;
    this.#port.send({ kind: "write", events: copy }, [copy.buffer]);
  }

  readQueue(request: QueueRequest): Promise<PackedValues> {
    if (this.#closing) return Promise.reject(new Error("the store is closed"));
    const { promise, resolve, reject } = Promise.withResolvers<PackedValues>();
    const id = ++this.#lastId;
    this.#questions.set(id, { resolve, reject });
    this.#port.send({ kind: "queue", id, request });
    return promise;
  }

  recycle(): void {
    // It belongs to this thread now, and the other one reads.
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#port.send({ kind: "close" });
    await this.#closed.promise;
    for (const { reject } of this.#questions.values()) reject(new Error("the store is closed"));
    this.#questions.clear();
    this.#port.close();
  }

  receive(message: FromStore): void {
    switch (message.kind) {
      case "written":
        this.statistics.commits++;
        this.statistics.committedBytes += this.#writtenBytes;
        return this.onWritten();
      case "state":
        this.failing = message.failing;
        this.refuses = message.refuses;
        this.outOfRoom = message.outOfRoom;
        this.statistics.storeBytes = message.storeBytes;
        if (message.failing) this.onFailing();
        return undefined;
      case "queue":
        this.#questions.get(message.id)?.resolve(message.values);
        return void this.#questions.delete(message.id);
      case "failed":
        this.#questions.get(message.id)?.reject(errorOf(message));
        return void this.#questions.delete(message.id);
      case "closed":
        return this.#closed.resolve();
      default:
        return undefined;
    }
  }
}

/** The error that the thread with the store told of. */
export function errorOf({ code, message }: Extract<FromStore, { kind: "failed" }>): Error {
  return code === null ? new Error(message) : new WorldError(code, message);
}
