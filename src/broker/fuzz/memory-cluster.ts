import { ManualClock, SeededRandom, silentLogger } from "../../base/mod.ts";
import { type Carrier, LoopbackNetwork } from "../../cluster/mod.ts";
import { type Config, type ConfigSettings, createConfig } from "../../config/mod.ts";
import type { Journal } from "../../store/mod.ts";
import { MemoryListener } from "../../transport/mod.ts";
import { type BrokerSettings, settingsOf } from "../settings.ts";
import { Shard } from "../shard.ts";
import { MemoryClient } from "./memory-client.ts";
import { memoryEntrance } from "./memory-entrance.ts";

/** Passes of the loop without anything new after which everything counts as handled. */
const quietPasses = 12;

/** What a {@link MemoryCluster} is made of. */
export interface ClusterOptions {
  readonly shards: number;
  readonly seed: number;
  readonly settings?: ConfigSettings;
  readonly clock?: ManualClock;
  /** The journal of the shard at a place; null: of the level `memory`. */
  readonly journalAt?: (place: number) => Journal | null;
}

/** A broker of several shards without sockets and threads: the seed decides in which order they hear of each other. */
export class MemoryCluster implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly network: LoopbackNetwork;
  readonly shards: Shard[] = [];
  readonly #config: Config;
  readonly #settings: BrokerSettings;
  readonly #listeners: MemoryListener[] = [];
  readonly #random: SeededRandom;
  readonly #seed: number;
  readonly #journalAt: (place: number) => Journal | null;

  constructor(options: ClusterOptions) {
    this.#seed = options.seed;
    this.clock = options.clock ?? new ManualClock();
    this.#journalAt = options.journalAt ?? (() => null);
    this.#random = new SeededRandom(options.seed);
    this.network = new LoopbackNetwork(options.shards, this.#random);
    this.#config = createConfig(options.settings ?? {});
    this.#settings = settingsOf(this.#config, 100_000);
    for (let number = 0; number < options.shards; number++) {
      // One shard alone has nobody to talk to: as a broker of one shard is made.
      this.#open(options.shards === 1 ? null : this.network.carrier(number));
    }
  }

  #open(carrier: Carrier | null): void {
    const random = new SeededRandom(this.#seed + this.shards.length);
    const journal = this.#journalAt(this.shards.length);
    const services = { clock: this.clock, random, logger: silentLogger, ...(journal === null ? {} : { journal }) };
    const shard = new Shard(this.#settings, carrier === null ? services : { ...services, carrier });
    const entrance = memoryEntrance(this.#config, shard);
    this.shards.push(shard);
    this.#listeners.push(new MemoryListener(shard.turn, (channel) => shard.accept(channel, entrance)));
  }

  /** A further shard comes. */
  add(): void {
    this.#open(this.network.add());
  }

  /** A stream to one of the shards over which nothing was sent yet. */
  stream(shard: number): MemoryClient {
    const peer = this.#listeners[shard % this.#listeners.length]?.connect() ?? null;
    if (peer === null) throw new Error("the broker refuses the connection");
    return new MemoryClient(peer);
  }

  /** Lets the shards work for a moment; batches between them arrive or not, as the seed has it. */
  async pass(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (let arriving = this.#random.below(3); arriving > 0; arriving--) this.network.step();
  }

  /** Resolves when everything that was sent has been handled, on all shards, and answered. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < quietPasses; quiet++) {
      if (this.network.waiting > 0) quiet = 0;
      await this.pass();
    }
  }

  async advance(seconds: number): Promise<void> {
    this.clock.advance(seconds * 1000);
    await this.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let left = this.shards.length;
    const stopping = this.shards.map((shard) => shard.stop(1000).then(() => left--));
    while (left > 0) {
      await this.settled();
      this.clock.advance(10_000);
    }
    await Promise.all(stopping);
  }
}
