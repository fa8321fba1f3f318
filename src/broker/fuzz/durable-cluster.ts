import { ManualClock, silentLogger, systemClock } from "../../base/mod.ts";
import type { ConfigSettings } from "../../config/mod.ts";
import { PacedPort, PacedWay } from "../../store/fuzz/paced-ports.ts";
import { type FromStore, LevelStore, SharedJournal, StoreServer, StoreWriter, type ToStore } from "../../store/mod.ts";
import { restoreShard } from "../restore-shard.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import type { MemoryClient } from "./memory-client.ts";

/** What a {@link DurableCluster} is started with. */
export interface DurableClusterOptions {
  readonly folder: string;
  readonly shards: number;
  readonly seed: number;
  readonly settings?: ConfigSettings;
  /** Since the first one on the folder. */
  readonly secondsLater?: number;
}

/** A broker of several shards on one data folder, without sockets and threads. */
export class DurableCluster extends MemoryCluster {
  readonly journals: readonly SharedJournal[];
  readonly server: StoreServer;
  /** Runs when everything is over. */
  onStopped: () => void = () => {};

  private constructor(
    options: DurableClusterOptions,
    { clock, journals, server }: { clock: ManualClock; journals: readonly SharedJournal[]; server: StoreServer },
  ) {
    super({ ...options, clock, journalAt: (place) => journals[place] as SharedJournal });
    this.journals = journals;
    this.server = server;
  }

  static async start(options: DurableClusterOptions): Promise<DurableCluster> {
    const writer = new StoreWriter(
      await LevelStore.open(options.folder),
      { storeBytesMax: 1e12 },
      { pace: systemClock, logger: silentLogger },
    );
    const server = new StoreServer(writer, options.shards);
    const clock = new ManualClock(1_700_000_000_000 + (options.secondsLater ?? 0) * 1000);
    const journals = Array.from({ length: options.shards }, (_, place) => {
      const ways = [new PacedWay(), new PacedWay()] as const;
      for (const way of ways) way.onSent = () => void setImmediate(() => way.step());
      const [storeEnd, shardEnd] = PacedPort.pair<FromStore, ToStore>(ways);
      server.attach(place, storeEnd);
      return new SharedJournal({ port: shardEnd, place, clock, pace: systemClock });
    });
    const cluster = new DurableCluster(options, { clock, journals, server });
    const restored = cluster.shards.map((shard, place) =>
      restoreShard(shard, journals[place] as SharedJournal, silentLogger),
    );
    await Promise.all(restored);
    await cluster.settled();
    return cluster;
  }

  /** Resolves when everything that was sent has been handled on all shards, is safe, and is answered. */
  override async settled(): Promise<void> {
    for (;;) {
      const before = this.#progress();
      await Promise.all(this.journals.map((journal) => journal.settled()));
      await super.settled();
      const wasQuiet = this.#isQuiet();
      while (!this.#isQuiet()) await this.pass();
      if (wasQuiet && this.#progress() === before) return;
    }
  }

  /** A client whose session lasts. */
  async lasting(
    shard: number,
    clientId: string,
    change: Parameters<MemoryClient["connect"]>[1] = {},
  ): Promise<MemoryClient> {
    const client = this.stream(shard);
    client.connect(clientId, { cleanStart: false, properties: { sessionExpiryInterval: 1000 }, ...change });
    await this.settled();
    return client;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    let left = this.shards.length;
    const stopping = this.shards.map((shard) => shard.stop(0).then(() => left--));
    while (left > 0) {
      await this.pass();
      this.clock.advance(1);
    }
    await Promise.all(stopping);
    await this.server.close();
    this.onStopped();
  }

  #progress(): number {
    let sum = this.server.statistics.commits;
    for (const { statistics } of this.journals) sum += statistics.commits;
    return sum;
  }

  #isQuiet(): boolean {
    if (this.network.waiting > 0 || this.journals.some(({ isQuiet }) => !isQuiet)) return false;
    return this.shards.every(({ sessions }) =>
      [...sessions.values()].every(({ durable }) => durable?.loading !== true),
    );
  }
}
