import { parseArgs } from "node:util";
import type { TopicFilter } from "../src/protocol/mod.ts";
import { Router, type Subscriber } from "../src/router/mod.ts";

const usage = `node bench/routes.ts [--subscriptions N]

  Looks up who gets a message, among N subscriptions (default 100,000) of which half have a wildcard: as the broker does
  with each PUBLISH, from the bytes of the topic to the list of its subscribers.

  Prints the time of a topic that was published to before (goal: less than 0.3 us) and of one that was not (goal: less
  than 20 us): it is checked, made an entry of the topic table, and the tree of filters is walked. Best of five rounds.
  Exit code 1 where a goal is missed.
`;

const warmMicrosecondsMax = 0.3;
const coldMicrosecondsMax = 20;
const rounds = 5;
const sites = 100;
/** Topics of a warm round: as many as are looked at again and again. */
const warmTopics = 1000;
const warmPasses = 200;
const coldTopics = 50_000;

class Client implements Subscriber {
  readonly clientId: string;
  readonly online = true;
  readonly load = 0;
  routeMark = 0;
  routeIndex = 0;

  constructor(clientId: string) {
    this.clientId = clientId;
  }

  mayReceive(): boolean {
    return true;
  }
}

/** Devices of many sites; each has a filter of its own, and of every second one a level or the rest is a wildcard. */
function filterOf(number: number): string {
  const site = `site/${number % sites}`;
  switch (number % 4) {
    case 0:
      return `${site}/+/${number}/state`;
    case 1:
      return `${site}/device/${number}/#`;
    default:
      return `${site}/device/${number}/state`;
  }
}

function topicOf(number: number): Buffer {
  return Buffer.from(`site/${number % sites}/device/${number}/state`);
}

/** All topics in one stretch of bytes, as if they had been received: `starts` has one more entry, the end. */
function layOut(topics: readonly Buffer[]): { readonly bytes: Buffer; readonly starts: Int32Array } {
  const starts = new Int32Array(topics.length + 1);
  for (const [index, topic] of topics.entries()) starts[index + 1] = (starts[index] as number) + topic.length;
  return { bytes: Buffer.concat(topics), starts };
}

/** Microseconds a look-up. */
function lookUp(router: Router, topics: readonly Buffer[], passes: number): number {
  const { bytes, starts } = layOut(topics);
  let found = 0;
  const before = process.hrtime.bigint();
  for (let pass = 0; pass < passes; pass++) {
    for (let index = 0; index < topics.length; index++) {
      const topic = router.topics.find(bytes, starts[index] as number, starts[index + 1] as number);
      found += router.route(topic).direct.length;
    }
  }
  const nanoseconds = Number(process.hrtime.bigint() - before);
  if (found < topics.length * passes) throw new Error("a topic has no subscriber");
  return nanoseconds / 1000 / (topics.length * passes);
}

function openRouter(subscriptions: number): Router {
  const router = new Router({ topicCacheEntries: 131_072, topicLevelsMax: 128, separateCopies: false });
  const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  for (let number = 0; number < subscriptions; number++) {
    const target = { filter: filterOf(number) as TopicFilter, shareName: null };
    router.subscribe(new Client(`client ${number}`), target, options, 0);
  }
  return router;
}

function best(of: () => number): number {
  return Math.min(...Array.from({ length: rounds }, of));
}

const { values } = parseArgs({
  options: { subscriptions: { type: "string", default: "100000" }, help: { type: "boolean", default: false } },
});
if (values.help) {
  process.stdout.write(usage);
} else {
  const count = Number(values.subscriptions);
  const numbers = (most: number): Buffer[] =>
    Array.from({ length: Math.min(most, count) }, (_, index) => topicOf(index));
  const router = openRouter(count);
  const warmed = numbers(warmTopics);
  lookUp(router, warmed, warmPasses);
  const warm = best(() => lookUp(router, warmed, warmPasses));
  // A router of its own for each round: nothing was looked up there yet.
  const cold = best(() => lookUp(openRouter(count), numbers(coldTopics), 1));
  const line = (name: string, microseconds: number, most: number): void =>
    void process.stdout.write(`${name.padEnd(16)}${microseconds.toFixed(3).padStart(8)} us (goal: below ${most} us)\n`);
  process.stdout.write(`${count} subscriptions\n`);
  line("a warm topic", warm, warmMicrosecondsMax);
  line("a cold topic", cold, coldMicrosecondsMax);
  if (warm >= warmMicrosecondsMax || cold >= coldMicrosecondsMax) process.exitCode = 1;
}
