import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { SeededRandom } from "../../../src/base/mod.ts";
import { NotingSubscriber, NumberedPublisher } from "./crash-clients.ts";
import { CrashingBroker } from "./crashing-broker.ts";

/** How a history goes on: kills, and the seed of everything that is up to chance. */
export interface CrashPlan {
  readonly kills: number;
  readonly seed: number;
  /** Shards of the broker, over which the system spreads connections; default: 1. */
  readonly shards?: number;
}

/** Milliseconds within which a broker is killed after it came up, for each of its shards. */
const lifeMax = 120;

/** Milliseconds in which what was acknowledged must come, on a machine that is busy with other things. */
const patience = 60_000;

class History {
  readonly #broker: CrashingBroker;
  readonly #shards: number;
  readonly #random: SeededRandom;
  readonly #publishers: readonly NumberedPublisher[] = ["p1", "p2", "p3"].map((id) => new NumberedPublisher(id));
  readonly #subscribers: readonly NotingSubscriber[] = [
    new NotingSubscriber("s-wide", 100),
    new NotingSubscriber("s-narrow", 2),
    new NotingSubscriber("s-away", 20),
  ];

  readonly #changes = new EventEmitter();

  constructor(broker: CrashingBroker, { seed, shards = 1 }: CrashPlan) {
    this.#broker = broker;
    this.#shards = shards;
    for (const client of [...this.#publishers, ...this.#subscribers]) {
      client.onChange = () => void this.#changes.emit("change");
    }
    this.#random = new SeededRandom(seed);
  }

  /** All subscribe before anything is published, so that all are owed everything. */
  async begin(): Promise<void> {
    await this.#broker.start();
    for (const subscriber of this.#subscribers) subscriber.connect(this.#broker.port);
    await this.#until(() => this.#subscribers.every(({ subscribed }) => subscribed), "nobody could subscribe");
  }

  /** One life of the broker, to its kill at some moment. */
  async life(): Promise<void> {
    const lifetime = this.#random.below(lifeMax * this.#shards);
    const busy = this.#random.below(2) === 0;
    const away = this.#random.below(this.#subscribers.length + 1);
    this.#connectAll(away);
    // Half of the lives begin to count when messages flow: on a busy machine the others end before that.
    if (busy) await this.#until(() => this.#publishers.every(({ online }) => online), "publishers cannot connect");
    const end = performance.now() + lifetime;
    while (performance.now() < end) {
      for (const publisher of this.#publishers) publisher.publish();
      this.#disturb();
      await turn();
    }
    await this.#broker.kill();
    await this.#until(() => [...this.#publishers, ...this.#subscribers].every(({ connected }) => !connected), "");
    await this.#broker.start();
  }

  #connectAll(away: number): void {
    for (const [index, subscriber] of this.#subscribers.entries()) {
      subscriber.answers = true;
      if (index !== away && !subscriber.connected) subscriber.connect(this.#broker.port);
    }
    for (const publisher of this.#publishers) if (!publisher.connected) publisher.connect(this.#broker.port);
  }

  /** A subscriber stops to answer, or breaks its connection, or comes back. */
  #disturb(): void {
    const subscriber = this.#subscribers[this.#random.below(this.#subscribers.length)] as NotingSubscriber;
    const chance = this.#random.below(40);
    if (chance === 0) subscriber.answers = false;
    if (chance === 1) subscriber.cut();
    if (chance === 2 && !subscriber.connected) {
      subscriber.answers = true;
      subscriber.connect(this.#broker.port);
    }
  }

  /** Everything that was acknowledged has come, in its order, and at QoS 2 once. */
  async check(): Promise<void> {
    for (const subscriber of this.#subscribers) subscriber.cut();
    await this.#connected(
      () => this.#publishers.every(({ open }) => open === 0),
      "publishers wait for acknowledgements",
    );
    for (const subscriber of this.#subscribers) {
      await this.#connected(() => this.#missing(subscriber).length === 0, `${subscriber.clientId} misses messages`);
      for (const [topic, numbers] of subscriber.received) checkOrder(subscriber.clientId, topic, numbers);
    }
  }

  /** Waits, with all clients connected: a shard may hear of an earlier connection later, so that this one ends. */
  #connected(done: () => boolean, otherwise: string): Promise<void> {
    return this.#until(() => {
      this.#connectAll(-1);
      return done();
    }, otherwise);
  }

  #missing(subscriber: NotingSubscriber): string[] {
    return this.#publishers.flatMap(({ taken }) =>
      [...taken].flatMap(([topic, numbers]) => {
        const received = new Set(subscriber.received.get(topic));
        return numbers.filter((number) => !received.has(number)).map((number) => `${topic} ${number}`);
      }),
    );
  }

  get taken(): number {
    return this.#publishers.reduce((sum, { taken }) => sum + [...taken.values()].flat().length, 0);
  }

  async #until(done: () => boolean, otherwise: string): Promise<void> {
    const signal = AbortSignal.timeout(patience);
    while (!done()) {
      try {
        await once(this.#changes, "change", { signal });
      } catch {
        // The time is over.
        const missing = this.#subscribers.map(
          (each) => `${each.clientId}: ${this.#missing(each).slice(0, 5).join(", ")}`,
        );
        assert.fail(`${otherwise} (${missing.join("; ")})`);
      }
    }
  }
}

function checkOrder(who: string, topic: string, numbers: readonly number[]): void {
  const seen = new Set<number>();
  let last = 0;
  for (const number of numbers) {
    if (seen.has(number)) {
      // [MQTT-4.3.3-12] QoS 1 may come again, QoS 2 never.
      assert.ok(topic.endsWith("/1"), `${who} got ${topic} ${number} twice`);
      continue;
    }
    seen.add(number);
    // [MQTT-4.6.0-6]
    assert.ok(number > last, `${who} got ${topic} ${number} after ${last}`);
    last = number;
  }
}

/**
 * Publishers and subscribers with lasting sessions go on while the broker is killed at random moments and started
 * again on the same data folder.
 * @returns messages that were acknowledged
 */
export async function runCrashHistory(plan: CrashPlan): Promise<number> {
  const { kills, shards = 1 } = plan;
  await using broker = new CrashingBroker(shards);
  const history = new History(broker, plan);
  await history.begin();
  for (let count = 0; count < kills; count++) await history.life();
  await history.check();
  return history.taken;
}

/**
 * `node test/sim/crash/crash-history.ts [--kills 500] [--seed 1] [--shards 2]`: as long as one likes, with the seed
 * that failed.
 */
if (import.meta.main) {
  const text = { type: "string" } as const;
  const options = { kills: { ...text, default: "100" }, seed: text, shards: { ...text, default: "1" } };
  const { values } = parseArgs({ options });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 0x7fff_ffff));
  const shards = Number(values.shards);
  process.stdout.write(`${values.kills} kills with --seed ${seed} --shards ${shards}\n`);
  const taken = await runCrashHistory({ kills: Number(values.kills), seed, shards });
  process.stdout.write(`${taken} acknowledged messages: none lost, doubled at QoS 2 or out of order\n`);
}
