import { parseArgs } from "node:util";
import type { HookRunner, Hooks } from "../src/hooks/mod.ts";

const usage = `node bench/hooks.ts [--rounds N]

  What hooks cost, measured in one process without sockets: a publisher, a subscriber, 1,000 messages of 64 bytes in a
  round, rounds of all variants in turn, the median of each.

  Prints the processor time of the comparisons that a message passes where no hook is registered, as a part of the whole
  time of a message (goal: 2 percent at most), and what one synchronous publish hook adds to a message (goal: less than
  0.5 microseconds). Exit code 1 where a goal is missed three times in a row.

  The comparisons are timed by themselves: two copies of the broker in one process, with and without them, differ by ten
  percent either way even where they are the same, by how they were compiled and where they lie.
`;

const messagesPerRound = 1000;
const comparisonsPerRound = 1_000_000;
const attemptsMax = 3;
const partMax = 0.02;
const microsecondsMax = 0.5;

/** A client of the broker in memory. */
interface Client {
  readonly peer: { onBytes: (bytes: Buffer) => void; send(bytes: Buffer): void };
  connect(clientId: string): void;
  subscribe(filter: string, options: object): void;
}

/** What of `MemoryBroker`, the broker without sockets that the unit tests use, is needed here. */
interface Broker {
  readonly hooks: HookRunner;
  stream(): Client;
  settled(): Promise<void>;
}

type BrokerClass = new (settings: object, services: { readonly hooks: Hooks }) => Broker;

/** One way to spend a round; `run` answers nanoseconds a message. */
interface Variant {
  readonly name: string;
  run(): Promise<number>;
}

async function variant(name: string, MemoryBroker: BrokerClass, qos: 0 | 1, hooks: Hooks = {}): Promise<Variant> {
  const broker = new MemoryBroker({}, { hooks });
  const [publisher, subscriber] = [broker.stream(), broker.stream()];
  publisher.connect("p");
  subscriber.connect("s");
  await broker.settled();
  subscriber.subscribe("a/b/c", { qos: 0 });
  await broker.settled();
  // What comes out is not looked at: reading it would cost as much as sending it.
  for (const client of [publisher, subscriber]) client.peer.onBytes = () => {};
  const bytes = roundOf(qos);
  return {
    name,
    async run() {
      const before = process.hrtime.bigint();
      publisher.peer.send(bytes);
      for (let pass = 0; pass < 3; pass++) await new Promise((resolve) => setImmediate(resolve));
      return Number(process.hrtime.bigint() - before) / messagesPerRound;
    },
  };
}

/** A round of PUBLISH packets of MQTT 5.0. */
function roundOf(qos: 0 | 1): Buffer {
  const topic = Buffer.from("a/b/c");
  const packets = Array.from({ length: messagesPerRound }, (_, index) => {
    const id = qos === 0 ? [] : [((index + 1) >> 8) & 0xff, (index + 1) & 0xff];
    const body = Buffer.concat([
      Buffer.from([0, topic.length]),
      topic,
      Buffer.from([...id, 0]),
      Buffer.alloc(64, 0x78),
    ]);
    return Buffer.concat([Buffer.from([0x30 | (qos << 1), body.length]), body]);
  });
  return Buffer.concat(packets);
}

interface Context {
  readonly parts: { readonly hooks: HookRunner };
}

/** The comparisons of one message: one where it is received, one for its subscriber, two for its acknowledgement. */
function passes({ parts }: Context): number {
  const { hooks } = parts;
  let found = 0;
  if (hooks.publishes) found++;
  if (hooks.deliver !== null) found++;
  if (hooks.acknowledged !== null) found++;
  if (hooks.dropped !== null) found++;
  return found;
}

function passesNothing({ parts }: Context): number {
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- a loop with as much around the comparisons
  return parts === null ? 1 : 0;
}

/** Nanoseconds that the comparisons of one message take. */
function comparisons(MemoryBroker: BrokerClass): Variant {
  // Several, so that nothing is known beforehand of the one that is looked at.
  const contexts = [1, 2, 3, 4].map((): Context => ({ parts: { hooks: new MemoryBroker({}, { hooks: {} }).hooks } }));
  const time = (pass: (context: Context) => number): number => {
    let found = 0;
    const before = process.hrtime.bigint();
    for (let index = 0; index < comparisonsPerRound; index++) found += pass(contexts[index & 3] as Context);
    const nanoseconds = Number(process.hrtime.bigint() - before);
    if (found > 0) throw new Error("there are hooks where there should be none");
    return nanoseconds;
  };
  return {
    name: "comparisons",
    run: () => Promise.resolve((time(passes) - time(passesNothing)) / comparisonsPerRound),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Median nanoseconds a message of each variant; what disturbs the machine disturbs all of them. */
async function measure(variants: readonly Variant[], rounds: number): Promise<Map<string, number>> {
  const times = new Map(variants.map(({ name }) => [name, [] as number[]]));
  for (let round = Math.round(-rounds / 4); round < rounds; round++) {
    for (let index = 0; index < variants.length; index++) {
      const one = variants[(round & 1) === 0 ? index : variants.length - 1 - index] as Variant;
      const nanoseconds = await one.run();
      if (round >= 0) times.get(one.name)?.push(nanoseconds);
    }
  }
  return new Map(Array.from(times, ([name, values]) => [name, median(values)]));
}

/** True if the goals are met. */
function report(qos: number, medians: ReadonlyMap<string, number>): boolean {
  const at = (name: string): number => medians.get(name) ?? Number.NaN;
  const part = at("comparisons") / at("no hook");
  const line = (name: string, nanoseconds: string, more: string): void =>
    void process.stdout.write(`  ${name.padEnd(21)} ${nanoseconds.padStart(7)} ns a message${more}\n`);
  process.stdout.write(`QoS ${qos}\n`);
  line("no hook", at("no hook").toFixed(0), "");
  line("  of it comparisons", at("comparisons").toFixed(2), `: ${(part * 100).toFixed(2)} percent`);
  let sound = part <= partMax;
  for (const name of ["empty hook", "reads the topic", "reads the payload", "changes the topic"]) {
    const added = (at(name) - at("no hook")) / 1000;
    line(name, at(name).toFixed(0), `: adds ${added.toFixed(3)} us`);
    sound &&= added < microsecondsMax;
  }
  return sound;
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "400" }, help: { type: "boolean", default: false } },
});
if (values.help) {
  process.stdout.write(usage);
} else {
  const module = (await import(`${import.meta.dirname}/../src/broker/fuzz/memory-broker.ts`)) as {
    readonly MemoryBroker: BrokerClass;
  };
  const { MemoryBroker } = module;
  let seen = "";
  for (const qos of [0, 1] as const) {
    const variants = [
      await variant("no hook", MemoryBroker, qos),
      await variant("empty hook", MemoryBroker, qos, { beforePublish: () => {} }),
      await variant("reads the topic", MemoryBroker, qos, { beforePublish: ({ topic }) => void (seen = topic) }),
      await variant("reads the payload", MemoryBroker, qos, {
        beforePublish: ({ payload }) => void (seen = String(payload[0])),
      }),
      await variant("changes the topic", MemoryBroker, qos, {
        beforePublish: (message) => void (message.topic = "a/b/c"),
      }),
    ];
    let sound = false;
    for (let attempt = 0; attempt < attemptsMax && !sound; attempt++) {
      const messages = await measure(variants, Number(values.rounds));
      const checks = await measure([comparisons(MemoryBroker)], Number(values.rounds) / 4);
      sound = report(qos, new Map([...messages, ...checks]));
    }
    if (!sound) process.exitCode = 1;
  }
  if (seen === "") throw new Error("no hook was called");
}
