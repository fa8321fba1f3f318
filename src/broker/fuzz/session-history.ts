import assert from "node:assert/strict";
import fc from "fast-check";
import { failureReport, type FuzzBudget } from "../../../test/kit/fuzz-run.ts";
import type { Qos } from "../../protocol/mod.ts";
import type { ConfigSettings } from "../../config/mod.ts";
import type { Shard } from "../shard.ts";
import { testFolder } from "../../store/contract/journal-kind.ts";
import { DurableCluster } from "./durable-cluster.ts";
import { MemoryCluster } from "./memory-cluster.ts";
import type { MemoryClient } from "./memory-client.ts";
import { SessionModel } from "./session-model.ts";

const clientCount = 3;
const windowOfV4 = 4;
const expiryOfV4 = 1000;

const client = fc.nat(clientCount - 1);
const qos = fc.constantFrom<Qos>(0, 1, 2);
const kind = <Name extends string>(name: Name): fc.Arbitrary<Name> => fc.constant(name);

const arbitraryStep = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind("connect"),
      client,
      shard: fc.nat(7),
      version: fc.constantFrom<4 | 5>(4, 5),
      clean: fc.boolean(),
      expiry: fc.constantFrom(0, 5, 1000),
      window: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("cut" as const, "reset" as const, "disconnect" as const), client }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind("subscribe"), client, filter: fc.constantFrom("a", "+", "b", "#"), qos }),
  },
  fc.record({ kind: kind("unsubscribe"), client, filter: fc.constantFrom("a", "+", "b", "#") }),
  { weight: 6, arbitrary: fc.record({ kind: kind("publish"), topic: fc.constantFrom("a", "b"), qos }) },
  { weight: 6, arbitrary: fc.record({ kind: kind("acknowledge"), client }) },
  fc.record({ kind: kind("advance"), seconds: fc.integer({ min: 1, max: 7 }) }),
);

type Step = typeof arbitraryStep extends fc.Arbitrary<infer Value> ? Value : never;

/** What a client has received on this connection and not yet answered, as the answer. */
type Answer = readonly ["puback" | "pubrec" | "pubcomp", number];

class World {
  readonly #broker: MemoryCluster;
  readonly #publisher: MemoryClient;
  readonly #models = Array.from({ length: clientCount }, () => new SessionModel());
  readonly #clients: (MemoryClient | null)[] = this.#models.map(() => null);
  readonly #owed: Answer[][] = this.#models.map(() => []);
  #published = 0;
  #seconds = 0;

  constructor(broker: MemoryCluster) {
    this.#broker = broker;
    this.#publisher = broker.stream(0);
  }

  async run(steps: readonly Step[]): Promise<void> {
    await using broker = this.#broker;
    this.#publisher.connect("publisher");
    for (const step of steps) {
      this.#take(step);
      await broker.settled();
      this.#compare();
    }
  }

  #take(step: Step): void {
    if (step.kind === "publish") return this.#publish(step.topic, step.qos);
    if (step.kind === "advance") return this.#advance(step.seconds);
    if (step.kind === "connect") return this.#connect(step);
    const model = this.#models[step.client] as SessionModel;
    const one = this.#clients[step.client];
    if (!one) return undefined;
    switch (step.kind) {
      case "subscribe":
        one.subscribe(step.filter, { qos: step.qos });
        model.subscriptions.set(step.filter, step.qos);
        return void model.got.push(`suback ${step.qos}`);
      case "unsubscribe": {
        one.unsubscribe(step.filter);
        const existed = model.subscriptions.delete(step.filter);
        return void model.got.push(one.version === 4 ? "unsuback " : `unsuback ${existed ? 0 : 17}`);
      }
      case "acknowledge":
        return this.#acknowledge(step.client, one, model);
      default:
        if (step.kind === "disconnect") one.disconnect();
        else if (step.kind === "cut") one.peer.end();
        else one.peer.destroy();
        this.#clients[step.client] = null;
        return model.leave(this.#seconds);
    }
  }

  #connect(step: Extract<Step, { kind: "connect" }>): void {
    const { version, clean } = step;
    const one = this.#broker.stream(step.shard);
    const v5 = version === 5;
    const properties = v5 ? { sessionExpiryInterval: step.expiry, receiveMaximum: step.window } : {};
    one.connect(`client ${step.client}`, { version, cleanStart: clean, properties });
    this.#clients[step.client] = one;
    this.#owed[step.client] = [];
    const expiryV4 = clean ? 0 : expiryOfV4;
    (this.#models[step.client] as SessionModel).connect(
      clean,
      v5 ? step.expiry : expiryV4,
      v5 ? step.window : windowOfV4,
    );
  }

  #publish(topic: string, level: Qos): void {
    const payload = `m${++this.#published}`;
    const packetId = this.#publisher.publish(topic, payload, { qos: level });
    if (level === 2) this.#publisher.answer("pubrel", packetId);
    for (const model of this.#models) model.publish(topic, payload, level);
  }

  #acknowledge(index: number, one: MemoryClient, model: SessionModel): void {
    const answer = this.#owed[index]?.shift();
    if (answer === undefined) return;
    one.answer(...answer);
    model.acknowledge(...answer);
  }

  #advance(seconds: number): void {
    this.#seconds += seconds;
    this.#broker.clock.advance(seconds * 1000);
    for (const model of this.#models) model.tick(this.#seconds);
  }

  #compare(): void {
    for (const [index, model] of this.#models.entries()) {
      const wanted = model.got.splice(0);
      const one = this.#clients[index];
      if (!one) continue;
      const words = one.words();
      assert.deepEqual(this.#inOrder(words), this.#inOrder(wanted), `client ${index}`);
      for (const word of words) this.#owe(index, word);
    }
    const { shards } = this.#broker;
    const sum = (count: (shard: Shard) => number): number => shards.reduce((total, shard) => total + count(shard), 0);
    const sessions = 1 + this.#models.filter(({ exists }) => exists).length;
    const clients = 1 + this.#models.filter(({ online }) => online).length;
    const held = this.#models.reduce((total, { subscriptions }) => total + subscriptions.size, 0);
    assert.equal(
      sum((shard) => shard.sessions.size),
      sessions,
    );
    assert.equal(
      sum((shard) => shard.statistics.clients),
      clients,
    );
    assert.equal(
      sum((shard) => shard.router.subscriptionCount),
      held,
    );
    for (const { statistics, sessions: all } of shards) {
      let queued = 0;
      for (const { queuedBytes } of all.values()) queued += queuedBytes;
      assert.equal(statistics.queuedBytes, queued, "what waits in all sessions is counted");
    }
  }

  /**
   * Words in the order that is promised. Where there is a store an answer waits for it, and a message of QoS 0 or 1
   * does not: so each kind is in order for itself.
   */
  #inOrder(words: readonly string[]): readonly string[] {
    if (!(this.#broker instanceof DurableCluster)) return words;
    const patterns = [/ack/, /qos0/, /qos1/, /qos2/, /pubrel/];
    return patterns.flatMap((pattern) => words.filter((word) => pattern.test(word)));
  }

  #owe(index: number, word: string): void {
    const [, level, publish, pubrel] = /qos([12]) #(\d+)|^pubrel #(\d+)/.exec(word) ?? [];
    if (publish !== undefined) this.#owed[index]?.push([level === "1" ? "puback" : "pubrec", Number(publish)]);
    if (pubrel !== undefined) this.#owed[index]?.push(["pubcomp", Number(pubrel)]);
  }
}

/** What a history goes on. */
export type HistoryBroker = (seed: number, settings: ConfigSettings) => Promise<MemoryCluster>;

/** Shards that keep everything in memory. */
export function inMemory(shards: number): HistoryBroker {
  return (seed, settings) => Promise.resolve(new MemoryCluster({ shards, seed, settings }));
}

/** Shards that share a store, which each history begins empty. */
export function onDisk(shards: number): HistoryBroker {
  return async (seed, settings) => {
    const folder = testFolder();
    const cluster = await DurableCluster.start({ folder: folder.path, shards, seed, settings });
    cluster.onStopped = () => folder[Symbol.dispose]();
    return cluster;
  };
}

const settings: ConfigSettings = { max_inflight_client: windowOfV4, max_session_expiry_interval: expiryOfV4 };

/**
 * Clients come, go, subscribe, publish and acknowledge at will: each gets exactly what a small model says, whether the
 * broker has one shard or several.
 */
export async function run(budget: FuzzBudget, open: HistoryBroker = inMemory(1)): Promise<number> {
  const limit =
    "runs" in budget
      ? { numRuns: budget.runs }
      : { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: budget.milliseconds };
  const steps = fc.array(arbitraryStep, { maxLength: 80, size: "max" });
  const details = await fc.check(
    fc.asyncProperty(steps, async (history) => new World(await open(budget.seed, settings)).run(history)),
    { seed: budget.seed, ...limit },
  );
  if (details.failed) throw new Error(failureReport(details, budget.seed));
  if (details.numRuns === 0) throw new Error("the fuzz target did not try a single input");
  return details.numRuns;
}
