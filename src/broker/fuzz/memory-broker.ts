import type { Authenticator, Authorizer } from "../../auth/mod.ts";
import { type Logger, ManualClock, SeededRandom, silentLogger } from "../../base/mod.ts";
import { type ConfigSettings, createConfig } from "../../config/mod.ts";
import type { Entrance } from "../../connection/mod.ts";
import { HookRunner, type Hooks } from "../../hooks/mod.ts";
import type { Journal } from "../../store/mod.ts";
import { MemoryListener } from "../../transport/mod.ts";
import { BrokerActions } from "../broker-actions.ts";
import { disabledPoints, hookLimitsOf } from "../hook-set.ts";
import { settingsOf } from "../settings.ts";
import { Shard } from "../shard.ts";
import { MemoryClient } from "./memory-client.ts";
import { memoryEntrance } from "./memory-entrance.ts";

/** What a test puts in place of the parts of a broker. */
export interface MemoryBrokerServices {
  readonly authenticator?: Authenticator;
  readonly authorizer?: Authorizer;
  readonly journal?: Journal;
  readonly logger?: Logger;
  readonly memoryUsed?: () => number;
  readonly clock?: ManualClock;
  readonly hooks?: Hooks | readonly Hooks[];
}

/** A whole shard without sockets: time stands still until the test moves it, and whatever happens can be waited for. */
export class MemoryBroker implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly shard: Shard;
  readonly entrance: Entrance;
  readonly hooks: HookRunner;
  readonly actions: BrokerActions;
  readonly listener: MemoryListener;

  constructor(settings: ConfigSettings = {}, services: MemoryBrokerServices = {}) {
    const config = createConfig(settings);
    this.clock = services.clock ?? new ManualClock();
    const { clock } = this;
    const { hooks = [], logger = silentLogger, ...rest } = services;
    this.hooks = new HookRunner({ clock, logger, limits: hookLimitsOf(config), disabled: disabledPoints(config) });
    this.shard = new Shard(settingsOf(config, 100_000), {
      random: new SeededRandom(1),
      ...rest,
      clock,
      logger,
      hooks: this.hooks,
    });
    const waitingMax = config.hook.max_waiting_actions;
    this.actions = new BrokerActions(this.shard, { nodeId: config.node_id, logger, clock, waitingMax });
    this.hooks.broker = this.actions;
    this.shard.delayed.start();
    this.shard.onCommitted = () => this.actions.onCommitted();
    this.hooks.use([hooks].flat().map((one, index) => ({ name: one.name ?? `module ${index + 1}`, hooks: one })));
    this.entrance = memoryEntrance(config, this.shard, services.authenticator);
    this.listener = new MemoryListener(this.shard.turn, (channel) => this.shard.accept(channel, this.entrance));
  }

  /** A stream to the broker over which nothing was sent yet. */
  stream(): MemoryClient {
    const peer = this.listener.connect();
    if (peer === null) throw new Error("the broker refuses the connection");
    return new MemoryClient(peer);
  }

  /** Resolves when everything that was sent has been handled, and answered. */
  async settled(): Promise<void> {
    for (let pass = 0; pass < 12; pass++) await new Promise((resolve) => setImmediate(resolve));
  }

  async advance(seconds: number): Promise<void> {
    this.clock.advance(seconds * 1000);
    await this.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let stopped = false;
    const stopping = this.shard.stop(1000).then(() => {
      stopped = true;
    });
    for (;;) {
      await this.settled();
      // Streams that are stalled on purpose are given up when the time is over.
      this.clock.advance(10_000);
      if (stopped) return stopping;
    }
  }
}
