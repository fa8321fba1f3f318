import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { parseFilter, type Qos, topicMatches, topicName } from "../../protocol/mod.ts";
import { Router, type Subscription } from "../mod.ts";
import { routeOf, subscribe, TestSubscriber } from "./test-subscriber.ts";

type Step =
  | { readonly kind: "subscribe"; readonly client: number; readonly filter: string; readonly qos: Qos }
  | { readonly kind: "unsubscribe"; readonly pick: number }
  | { readonly kind: "publish"; readonly topic: string };

const clientCount = 3;
const level = fc.constantFrom("a", "b", "c", "", "$x", "aa");
const arbitraryTopic = fc
  .array(level, { minLength: 1, maxLength: 6 })
  .map((list) => list.join("/"))
  .filter((topic) => topic !== "");

/**
 * Mostly filters made from the topics in use: a route is stale only where somebody subscribes to what was published.
 */
function arbitraryFilter(topics: readonly string[]): fc.Arbitrary<string> {
  return fc
    .record({
      topic: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...topics) }, arbitraryTopic),
      wild: fc.oneof(fc.constant(0), fc.nat(63)),
      cut: fc.oneof(fc.constant(0), fc.nat(7)),
      share: fc.constantFrom("", "", "", "$share/g/", "$share/h/"),
    })
    .map(({ topic, wild, cut, share }) => {
      const parts = topic.split("/").map((part, index) => ((wild >> index) & 1 ? "+" : part));
      // 0 cuts nothing; otherwise `#` stands for what is behind the first levels, of which there may be none.
      return share + (cut === 0 ? parts : [...parts.slice(0, cut - 1), "#"]).join("/");
    })
    .filter((text) => parseFilter(text) !== null);
}

function arbitraryStep(topics: readonly string[]): fc.Arbitrary<Step> {
  return fc.oneof(
    fc.record({
      kind: fc.constant("subscribe" as const),
      client: fc.nat(clientCount - 1),
      filter: arbitraryFilter(topics),
      qos: fc.constantFrom<Qos>(0, 1, 2),
    }),
    fc.record({ kind: fc.constant("unsubscribe" as const), pick: fc.nat(1000) }),
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("publish" as const), topic: fc.constantFrom(...topics) }) },
  );
}

interface Held {
  readonly client: number;
  readonly text: string;
  qos: Qos;
  identifier: number;
  readonly subscription: Subscription;
}

/** Who gets a copy, by the plain wording of the rules: one line per session, or per subscription. */
function expected(held: readonly Held[], topic: string, separateCopies: boolean): string[] {
  const matching = held.filter(({ text }) => {
    const target = parseFilter(text);
    return target?.shareName === null && topicMatches(target.filter, topicName(topic));
  });
  const groups = Map.groupBy(matching, (each) => (separateCopies ? each.text + each.client : String(each.client)));
  return [...groups.values()]
    .map((parts) => {
      const identifiers = parts.map(({ identifier }) => identifier).toSorted((one, two) => one - two);
      return `${parts[0]?.client} QoS ${Math.max(...parts.map(({ qos }) => qos))} by ${identifiers.join()}`;
    })
    .toSorted();
}

function expectedGroups(held: readonly Held[], topic: string): string[] {
  const targets = held.map(({ text, client }) => ({ target: parseFilter(text), client }));
  const matching = targets.filter(
    ({ target }) => target !== null && target.shareName !== null && topicMatches(target.filter, topicName(topic)),
  );
  const groups = Map.groupBy(matching, ({ target }) => `${target?.shareName}: ${target?.filter}`);
  return [...groups].map(([name, members]) => `${name}, ${members.length} members`).toSorted();
}

function checkTopic(router: Router, held: readonly Held[], topic: string, separateCopies: boolean): void {
  const { direct, shared } = routeOf(router, topic);
  const copies = direct.map(({ subscriber, qos, identifiers }) => {
    const sorted = [...(identifiers ?? [])].toSorted((one, two) => one - two);
    return `${subscriber.clientId} QoS ${qos} by ${sorted.join()}`;
  });
  assert.deepEqual(copies.toSorted(), expected(held, topic, separateCopies), topic);
  const groups = shared.map(({ shareName, filter, size }) => `${shareName}: ${filter}, ${size} members`);
  assert.deepEqual(groups.toSorted(), expectedGroups(held, topic), topic);
}

function checkHistory(separateCopies: boolean, steps: readonly Step[]): void {
  const router = new Router({ topicCacheEntries: 16, topicLevelsMax: 20, separateCopies });
  const clients = Array.from({ length: clientCount }, (_, index) => new TestSubscriber(String(index)));
  const held: Held[] = [];
  const topics = new Set<string>();
  for (const [number, step] of steps.entries()) {
    const identifier = number + 1;
    if (step.kind === "publish") {
      topics.add(step.topic);
      checkTopic(router, held, step.topic, separateCopies);
    } else if (step.kind === "unsubscribe") {
      const [gone] = held.splice(step.pick % Math.max(1, held.length), 1);
      if (gone !== undefined) router.unsubscribe(gone.subscription);
    } else {
      const { client, filter, qos } = step;
      const old = held.find((each) => each.client === client && each.text === filter);
      if (old === undefined) {
        const subscription = subscribe(router, clients[client] as TestSubscriber, filter, { qos, identifier });
        held.push({ client, text: filter, qos, identifier, subscription });
      } else {
        router.update(
          old.subscription,
          { qos, noLocal: false, retainAsPublished: false, retainHandling: 0 },
          identifier,
        );
        Object.assign(old, { qos, identifier });
      }
    }
  }
  for (const topic of topics) checkTopic(router, held, topic, separateCopies);
  assert.equal(router.subscriptionCount, held.length);
}

const arbitraryHistory = fc
  .array(arbitraryTopic, { minLength: 1, maxLength: 3 })
  .chain((topics) => fc.array(arbitraryStep(topics), { maxLength: 100, size: "max" }));

/** Whatever subscriptions came, changed and went: a topic's route, cached or not, is what a naive matcher finds. */
export function run(budget: FuzzBudget): number {
  return fuzz(fc.property(fc.boolean(), arbitraryHistory, checkHistory), budget);
}

if (import.meta.main) fuzzFromCommandLine("router/route-history", run);
