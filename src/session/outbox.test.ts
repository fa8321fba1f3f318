import assert from "node:assert/strict";
import { test } from "node:test";
import { collectGarbage } from "../../test/kit/collect-garbage.ts";
import { workedMilliseconds } from "../../test/kit/thread-work.ts";
import { AssertionError } from "../base/mod.ts";
import type { TopicFilter } from "../protocol/mod.ts";
import { type FilterNode, makeSubscription } from "../router/mod.ts";
import { publicationOf } from "./fuzz/test-publication.ts";
import { Outbox, OutState } from "./outbox.ts";

const node: FilterNode = { filter: "a" as TopicFilter, hash: 0 };
const subscription = makeSubscription(
  { clientId: "s", online: true, load: 0, routeMark: 0, routeIndex: 0, mayReceive: () => true },
  node,
  null,
);
const message = publicationOf("a", "x", 1);

/** Sends and acknowledges so many messages, each at once. */
function pass(outbox: Outbox, count: number, seen?: (packetId: number) => void): void {
  for (let index = 0; index < count; index++) {
    const packetId = outbox.begin(message, subscription, 1, false);
    seen?.(packetId);
    outbox.finish(outbox.find(packetId));
  }
}

test("identifiers are given in order, begin at 1 and never are 0", () => {
  const outbox = new Outbox();
  const first: number[] = [];
  pass(outbox, 3, (packetId) => first.push(packetId));
  assert.deepEqual(first, [1, 2, 3]);
  pass(outbox, 70_000, (packetId) => assert.ok(packetId >= 1 && packetId <= 0xffff));
});

test("of messages that come over from another outbox each is found by its identifier, however many they are", () => {
  for (let count = 1; count < 40; count++) {
    const outbox = new Outbox();
    for (let packetId = 100; packetId < 100 + count; packetId++) {
      const state = { state: OutState.awaitsPubrec, packetId, qos: 2, retain: false, publication: message } as const;
      outbox.restore({ ...state, terms: 0, sequence: 0, body: 0, isStored: false }, subscription);
    }
    outbox.endRestore(100 + count);
    for (let position = 0; position < count; position++) assert.equal(outbox.find(100 + position), position);
    assert.equal(outbox.find(100 + count), -1);
  }
});

test("an identifier that was never acknowledged is not given to one of 70,000 later messages", () => {
  const outbox = new Outbox();
  pass(outbox, 9);
  const stuck = outbox.begin(message, subscription, 1, false);
  pass(outbox, 70_000, (packetId) => assert.notEqual(packetId, stuck));
  assert.equal(outbox.inflight, 1);
  assert.equal(outbox.state(outbox.find(stuck)), OutState.awaitsPuback);
});

test("all 65,535 identifiers can be in flight at once, each once", () => {
  const outbox = new Outbox();
  const ids = new Set<number>();
  for (let index = 0; index < 0xffff; index++) ids.add(outbox.begin(null, subscription, 2, false));
  assert.equal(ids.size, 0xffff);
  outbox.finish(outbox.find(2));
  assert.equal(outbox.begin(null, subscription, 2, false), 2, "the only one that is free");
  assert.ok(outbox.find(2) >= 0);
  for (const packetId of ids) outbox.finish(outbox.find(packetId));
  assert.equal(outbox.inflight, 0);
});

test("a window of tens of thousands costs no search per message", () => {
  const outbox = new Outbox();
  const started = workedMilliseconds();
  // Every second one is acknowledged, so the ring has gaps and grows with some: the worst order of things.
  for (let index = 0; index < 30_000; index++) {
    outbox.begin(message, subscription, 1, false);
    const packetId = outbox.begin(message, subscription, 1, false);
    outbox.finish(outbox.find(packetId));
  }
  const milliseconds = workedMilliseconds() - started;
  assert.equal(outbox.inflight, 30_000);
  assert.ok(milliseconds < 1500, `${milliseconds} ms for 60,000 messages`);
});

test("tens of thousands that are never acknowledged cost no search either when identifiers begin anew", () => {
  const outbox = new Outbox();
  for (let index = 0; index < 30_000; index++) {
    outbox.begin(message, subscription, 1, false);
    pass(outbox, 1);
  }
  const started = workedMilliseconds();
  pass(outbox, 100_000);
  const milliseconds = workedMilliseconds() - started;
  assert.ok(milliseconds < 1500, `${milliseconds} ms for 100,000 messages`);
});

test("messages are acknowledged in any order", () => {
  const outbox = new Outbox();
  const ids = Array.from({ length: 100 }, () => outbox.begin(message, subscription, 1, false));
  for (const packetId of ids.toReversed()) outbox.finish(outbox.find(packetId));
  assert.equal(outbox.inflight, 0);
  assert.equal(outbox.find(ids[0] as number), -1);
});

test("a message does not overtake those that wait", () => {
  const outbox = new Outbox();
  outbox.enqueue(message, subscription, 1, false);
  assert.throws(() => outbox.begin(message, subscription, 1, false), AssertionError);
});

test("what was sent is not given up as expired", () => {
  const outbox = new Outbox();
  outbox.begin(message, subscription, 1, false);
  outbox.rewind();
  assert.throws(() => outbox.dropNext(), AssertionError);
});

test("a QoS 2 message that the client has is not held any longer", () => {
  const outbox = new Outbox();
  const packetId = outbox.begin(message, subscription, 2, false);
  outbox.received(outbox.find(packetId));
  assert.equal(outbox.publication(outbox.find(packetId)), null);
  assert.equal(outbox.state(outbox.find(packetId)), OutState.awaitsPubcomp);
});

test("what cannot be sent again is not held", () => {
  const outbox = new Outbox();
  outbox.enqueue(message, subscription, 1, false);
  const packetId = outbox.sendNext(false);
  assert.equal(outbox.publication(outbox.find(packetId)), null);
  assert.equal(outbox.queuedBytes, 0);
});

test("memory of a long queue is given back when it is empty, and does not grow while one message stays", () => {
  const outbox = new Outbox();
  for (let index = 0; index < 100_000; index++) outbox.enqueue(message, subscription, 1, false);
  for (let index = 0; index < 100_000; index++) outbox.finish(outbox.find(outbox.sendNext(true)));
  const heap = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  outbox.begin(message, subscription, 1, false);
  pass(outbox, 1_000_000);
  assert.ok(heap() - before < 8_000_000);
  assert.equal(outbox.inflight, 1);
});
