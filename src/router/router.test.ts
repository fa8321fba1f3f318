import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../test/kit/collect-garbage.ts";
import { Router } from "./router.ts";
import { withoutNoLocal } from "./subscription.ts";
import { receivers, routeOf, subscribe, TestSubscriber } from "./fuzz/test-subscriber.ts";

function newRouter(separateCopies = false): Router {
  return new Router({ topicCacheEntries: 64, topicLevelsMax: 20, separateCopies });
}

test("a topic without subscribers has an empty route, until somebody subscribes", () => {
  const router = newRouter();
  assert.deepEqual(receivers(router, "a/b"), []);
  const subscription = subscribe(router, new TestSubscriber("s"), "a/+");
  assert.deepEqual(receivers(router, "a/b"), ["s"]);
  router.unsubscribe(subscription);
  assert.deepEqual(receivers(router, "a/b"), []);
});

test("one who subscribes several times gets one copy, with the highest QoS and all identifiers", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  subscribe(router, client, "a/b", { qos: 0, identifier: 7 });
  subscribe(router, client, "a/+", { qos: 2, identifier: 8 });
  subscribe(router, client, "#", { qos: 1 });
  subscribe(router, client, "a/#", { qos: 0, identifier: 9, retainAsPublished: true });
  const { direct } = routeOf(router, "a/b");
  assert.equal(direct.length, 1);
  assert.equal(direct[0]?.qos, 2);
  assert.equal(direct[0]?.retainAsPublished, true);
  assert.deepEqual(direct[0]?.identifiers?.toSorted(), [7, 8, 9]);
});

test("overlapping subscriptions of one client do not touch those of others", () => {
  const router = newRouter();
  const [one, two] = [new TestSubscriber("1"), new TestSubscriber("2")];
  subscribe(router, one, "a/b", { qos: 1, identifier: 1 });
  subscribe(router, two, "a/b", { qos: 0, identifier: 2 });
  subscribe(router, one, "a/#", { qos: 2, identifier: 3 });
  const { direct } = routeOf(router, "a/b");
  const entries = direct.map(({ subscriber, qos, identifiers }) => [subscriber.clientId, qos, identifiers?.toSorted()]);
  assert.deepEqual(entries.toSorted(), [
    ["1", 2, [1, 3]],
    ["2", 0, [2]],
  ]);
});

test("one copy for each subscription where that is configured", () => {
  const router = newRouter(true);
  const client = new TestSubscriber("s");
  subscribe(router, client, "a/b", { qos: 0, identifier: 1 });
  subscribe(router, client, "a/+", { qos: 2, identifier: 2 });
  const copies = routeOf(router, "a/b").direct.map(({ qos, identifiers }) => [qos, identifiers]);
  assert.deepEqual(copies.toSorted(), [
    [0, [1]],
    [2, [2]],
  ]);
});

test("new options of a subscription hold for the next message, merged or not", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  const subscription = subscribe(router, client, "a/b", { qos: 0 });
  assert.equal(routeOf(router, "a/b").direct[0]?.qos, 0);
  subscribe(router, client, "a/+", { qos: 0 });
  assert.equal(routeOf(router, "a/b").direct[0]?.qos, 0);
  router.update(subscription, { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 }, 4);
  assert.deepEqual(
    routeOf(router, "a/b").direct.map(({ qos, identifiers }) => [qos, identifiers]),
    [[1, [4]]],
  );
});

test("what No Local leaves of overlapping subscriptions is the rest of them", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  subscribe(router, client, "a/b", { qos: 2, noLocal: true, identifier: 1 });
  subscribe(router, client, "a/+", { qos: 1, identifier: 2 });
  const merged = routeOf(router, "a/b").direct[0];
  assert.ok(merged !== undefined);
  assert.deepEqual([merged.qos, merged.noLocal, merged.identifiers?.toSorted()], [2, true, [1, 2]]);
  const rest = withoutNoLocal(merged);
  assert.deepEqual([rest?.qos, rest?.identifiers], [1, [2]]);
  subscribe(router, client, "#", { qos: 0, identifier: 3 });
  const more = withoutNoLocal(routeOf(router, "a/b").direct[0] ?? merged);
  assert.deepEqual([more?.qos, more?.identifiers?.toSorted()], [1, [2, 3]]);
});

test("No Local on all of a client's subscriptions leaves nothing for itself", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  const alone = subscribe(router, client, "a/b", { noLocal: true });
  assert.equal(withoutNoLocal(alone), null);
  subscribe(router, client, "a/+", { noLocal: true });
  const [merged] = routeOf(router, "a/b").direct;
  assert.ok(merged !== undefined);
  assert.equal(withoutNoLocal(merged), null);
});

test("one subscription's merged copy does not grow when the route is made anew", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  subscribe(router, client, "a/b", { identifier: 1 });
  subscribe(router, client, "a/+", { identifier: 2 });
  for (let round = 0; round < 3; round++) {
    assert.equal(routeOf(router, "a/b").direct[0]?.identifiers?.length, 2);
    subscribe(router, new TestSubscriber(`other ${round}`), "a/b");
  }
});

test("a shared subscription stands beside one of one's own: both give a copy", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  subscribe(router, client, "a/b");
  subscribe(router, client, "$share/g/a/b");
  subscribe(router, client, "$share/h/a/+");
  const { direct, shared } = routeOf(router, "a/b");
  assert.equal(direct.length, 1);
  assert.deepEqual(shared.map(({ shareName }) => shareName).toSorted(), ["g", "h"]);
});

test("groups of the same name with different filters are different groups", () => {
  const router = newRouter();
  const [one, two] = [new TestSubscriber("1"), new TestSubscriber("2")];
  const first = subscribe(router, one, "$share/g/a");
  const second = subscribe(router, two, "$share/g/+");
  const third = subscribe(router, two, "$share/g/a");
  assert.notEqual(first.group, second.group);
  assert.equal(first.group, third.group);
});

test("a group without members is gone", () => {
  const router = newRouter();
  const subscription = subscribe(router, new TestSubscriber("s"), "$share/g/a");
  assert.equal(routeOf(router, "a").shared.length, 1);
  router.unsubscribe(subscription);
  assert.equal(routeOf(router, "a").shared.length, 0);
});

test("subscriptions are counted, shared ones also by themselves", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  const subscriptions = ["a", "#", "$share/g/a"].map((filter) => subscribe(router, client, filter));
  assert.deepEqual([router.subscriptionCount, router.sharedSubscriptionCount], [3, 1]);
  for (const subscription of subscriptions) router.unsubscribe(subscription);
  assert.deepEqual([router.subscriptionCount, router.sharedSubscriptionCount], [0, 0]);
});

test("a million subscriptions that come and go leave no memory behind", () => {
  const router = newRouter();
  const client = new TestSubscriber("s");
  let rounds = 0;
  const round = (): void => {
    rounds++;
    const subscriptions = Array.from({ length: 20_000 }, (_, index) =>
      subscribe(router, client, index % 2 === 0 ? `dev/${rounds}/${index}/+` : `dev/${rounds}/${index}`),
    );
    for (const subscription of subscriptions) router.unsubscribe(subscription);
  };
  round();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 10; count++) round();
  collectGarbage();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 1_000_000, `${grown} bytes more`);
});
