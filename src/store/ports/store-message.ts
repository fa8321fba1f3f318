import type { WorldErrorCode } from "../../base/mod.ts";
import type { JournalStatistics } from "../journal.ts";
import type { PackedValues } from "../packed-values.ts";
import type { QueueRequest, SessionMark, StoredQueue } from "../stored-message.ts";

/** A page of what is on its way to a shard: values, and in the same order what is known of each. */
export interface TransitPage {
  readonly values: PackedValues;
  readonly places: readonly number[];
  readonly numbers: readonly number[];
}

/** What a shard says to the thread that has the store. */
export type ToStore =
  /** Asks for what the shard is to begin with. */
  | { readonly kind: "restore" }
  /** Has taken a part of it in. */
  | { readonly kind: "took" }
  | { readonly kind: "write"; readonly events: Uint8Array<ArrayBuffer> }
  | { readonly kind: "queue"; readonly id: number; readonly request: QueueRequest }
  /** Asks for what is on its way to the shard. */
  | { readonly kind: "transits"; readonly after: number }
  | { readonly kind: "close" };

/** What the thread that has the store says to a shard. */
export type FromStore =
  | {
      readonly kind: "part";
      readonly values: PackedValues;
      readonly queues: readonly StoredQueue[];
      readonly marks: readonly SessionMark[];
      readonly transits: TransitPage | null;
    }
  | {
      readonly kind: "restored";
      readonly lastSession: number;
      readonly lastBody: number;
      readonly lastTransit: number;
      readonly places: number;
    }
  /** What was asked for cannot be had: the `id` of a question, 0: what the shard is to begin with. */
  | { readonly kind: "failed"; readonly id: number; readonly code: WorldErrorCode | null; readonly message: string }
  | { readonly kind: "written" }
  | {
      readonly kind: "state";
      readonly failing: boolean;
      readonly refuses: boolean;
      readonly outOfRoom: boolean;
      readonly storeBytes: number;
    }
  | { readonly kind: "queue"; readonly id: number; readonly values: PackedValues }
  /** There is something on its way to the shard, up to this number. */
  | { readonly kind: "waiting"; readonly last: number }
  | { readonly kind: "transits"; readonly page: TransitPage }
  | { readonly kind: "closed" };

/** The way between a shard and the thread that has the store: what is sent arrives once, in its order. */
export interface StorePort<Sent, Received> {
  /** @param moved memory that is given away */
  send(message: Sent, moved?: readonly ArrayBuffer[]): void;
  /** Runs for each message that arrives. Set by the one who receives them. */
  onMessage: (message: Received) => void;
  close(): void;
}

/** Counters of a shard's journal before the store has said anything. */
export function newStatistics(): JournalStatistics {
  return { commits: 0, committedBytes: 0, failures: 0, storeBytes: 0 };
}
