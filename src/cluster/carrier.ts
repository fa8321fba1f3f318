/**
 * Takes batches from one shard to others: message ports between the threads of a process, a bus between nodes.
 *
 * What it has to promise: batches from one shard to another arrive in the order in which they were sent, each once,
 * or the other shard is reported gone. Between batches of different shards there is no order.
 */
export interface Carrier {
  /** This shard's number; no two shards of a broker have the same. */
  readonly shard: number;
  /** The other shards that are there now, in ascending order. */
  readonly others: readonly number[];
  /** Sends a batch, which is given away: its memory may be moved to the receiver. */
  send(to: number, batch: Uint8Array<ArrayBuffer>): void;
  /** Bytes that were sent to another shard and not taken by it yet. */
  waiting(to: number): number;
  /** Runs for each batch that arrives. Set by the mesh. */
  onBatch: (from: number, batch: Uint8Array<ArrayBuffer>) => void;
  /** Runs when another shard has come, before its first batch. Set by the mesh. */
  onJoined: (shard: number) => void;
  /** Runs when another shard is gone, after its last batch. Set by the mesh. */
  onGone: (shard: number) => void;
}
