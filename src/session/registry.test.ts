import assert from "node:assert/strict";
import { test } from "node:test";
import { TestBroker } from "./fuzz/test-broker.ts";
import { TestOutlet } from "./fuzz/test-outlet.ts";
import { neverExpires } from "./settings.ts";
import { DropReason } from "./statistics.ts";

test("a session without expiry ends with its connection", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c");
  broker.subscribe(session, "a");
  broker.registry.leave(session);
  assert.equal(broker.registry.size, 0);
  assert.equal(broker.router.subscriptionCount, 0);
  assert.equal(broker.open("c", { cleanStart: false }).present, false);
});

test("a session is kept for its expiry interval and no longer", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c", { expirySeconds: 10 });
  broker.subscribe(session, "a");
  broker.registry.leave(session);
  broker.advance(9.9);
  assert.equal(broker.registry.get("c"), session);
  broker.advance(0.2);
  assert.equal(broker.registry.get("c"), null);
  assert.equal(broker.router.subscriptionCount, 0);
  assert.equal(broker.statistics.sessionsExpired, 1);
});

test("the time of a session counts from the end of its last connection", () => {
  const broker = new TestBroker();
  const options = { cleanStart: false, expirySeconds: 10 };
  const { session } = broker.open("c", options);
  broker.registry.leave(session);
  broker.advance(8);
  assert.equal(broker.open("c", options).present, true);
  broker.advance(100);
  broker.registry.leave(session);
  broker.advance(8);
  assert.equal(broker.open("c", options).present, true);
});

test("the expiry of the last CONNECT holds, not that of an earlier one", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c", { expirySeconds: neverExpires });
  broker.registry.leave(session);
  broker.open("c", { cleanStart: false, expirySeconds: 5 });
  broker.registry.leave(session);
  broker.advance(6);
  assert.equal(broker.registry.size, 0);
});

test("a session that does not expire is there after a hundred years", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c", { expirySeconds: neverExpires });
  broker.registry.leave(session);
  broker.clock.advance(100 * 365 * 86_400 * 1000);
  broker.wheel.advance(broker.clock.now());
  assert.equal(broker.registry.size, 1);
});

test("an expiry above the limit is cut to it", () => {
  const broker = new TestBroker({ sessionExpirySecondsMax: 5 });
  const { session } = broker.open("c", { expirySeconds: neverExpires });
  broker.registry.leave(session);
  broker.advance(6);
  assert.equal(broker.registry.size, 0);
});

test("a clean start forgets subscriptions and messages", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c", { expirySeconds: 100 });
  broker.subscribe(session, "a");
  broker.registry.leave(session);
  broker.publish("a", "m");
  const { outlet, present } = broker.open("c", { cleanStart: true, expirySeconds: 100 });
  broker.publish("a", "later");
  assert.deepEqual([present, outlet.take()], [false, []]);
  assert.equal(broker.statistics.messagesDropped[DropReason.sessionEnded], 1);
});

test("a connection that takes over lets the old one go, and there is one client as before", () => {
  const broker = new TestBroker();
  const first = broker.open("c", { expirySeconds: 100 });
  broker.subscribe(first.session, "a");
  const second = broker.open("c", { cleanStart: false, expirySeconds: 100 });
  assert.equal(first.outlet.takenOverCount, 1);
  assert.deepEqual([second.present, second.session], [true, first.session]);
  assert.deepEqual([broker.statistics.takeovers, broker.statistics.clients, broker.registry.size], [1, 1, 1]);
  broker.publish("a", "m");
  assert.deepEqual([first.outlet.take(), second.outlet.take()], [[], ["m qos1 #1"]]);
});

test("a take-over of a session without expiry begins a new one", () => {
  const broker = new TestBroker();
  const first = broker.open("c");
  broker.subscribe(first.session, "a");
  const second = broker.open("c", { cleanStart: false });
  assert.equal(first.outlet.takenOverCount, 1);
  assert.equal(second.present, false);
  assert.equal(broker.router.subscriptionCount, 0);
});

test("a crowd that connects with one client id leaves one session and one client", () => {
  const broker = new TestBroker();
  const outlets = Array.from({ length: 50 }, (_, index) => {
    return broker.open("c", { cleanStart: index % 3 === 0, expirySeconds: index % 2 === 0 ? 0 : 60 }).outlet;
  });
  assert.deepEqual([broker.registry.size, broker.statistics.clients], [1, 1]);
  assert.deepEqual(new Set(outlets.slice(0, -1).map(({ takenOverCount }) => takenOverCount)), new Set([1]));
  assert.equal(outlets.at(-1)?.takenOverCount, 0);
});

test("an ended session holds nothing, though somebody still holds it", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c", { expirySeconds: 10 });
  broker.subscribe(session, "a");
  broker.registry.leave(session);
  for (let index = 0; index < 10; index++) broker.publish("a", "m");
  broker.advance(11);
  assert.deepEqual([session.queued, session.queuedBytes], [0, 0]);
  broker.publish("a", "m");
  assert.equal(session.queued, 0);
});

test("a session with very many subscriptions ends step by step, and gets nothing meanwhile", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c", { expirySeconds: 10 });
  for (let index = 0; index < 10_000; index++)
    broker.subscribe(session, index % 2 === 0 ? `a/${index}` : `$share/g/a/${index}`);
  broker.registry.leave(session);
  broker.advance(11);
  for (let index = 0; index < 100; index++) broker.publish(`a/${index}`, "m");
  assert.equal(session.queued, 0);
  let steps = 0;
  while (broker.workStep()) steps++;
  assert.ok(steps > 1 && steps < 100, `${steps} steps`);
  assert.deepEqual([broker.router.subscriptionCount, broker.router.sharedSubscriptionCount], [0, 0]);
});

test("what a member of a shared group did not acknowledge goes to another when it leaves", () => {
  const broker = new TestBroker();
  const one = broker.open("1", { expirySeconds: 100 });
  broker.subscribe(one.session, "$share/g/a");
  one.outlet.sendQuota = 2;
  for (let index = 1; index <= 4; index++) broker.publish("a", `m${index}`);
  const two = broker.open("2", { expirySeconds: 100 });
  broker.subscribe(two.session, "$share/g/a");
  one.session.puback(1);
  broker.registry.leave(one.session);
  assert.deepEqual(
    two.outlet.take().map((line) => line.slice(0, 2)),
    ["m2", "m3", "m4"],
  );
  assert.equal(one.session.queued, 0);
});

test("a QoS 2 message that a member has been sent stays with it", () => {
  const broker = new TestBroker();
  const one = broker.open("1", { expirySeconds: 100 });
  broker.subscribe(one.session, "$share/g/a");
  broker.publish("a", "m", 2);
  const two = broker.open("2", { expirySeconds: 100 });
  broker.subscribe(two.session, "$share/g/a");
  broker.registry.leave(one.session);
  assert.deepEqual(two.outlet.take(), []);
  const back = broker.open("1", { cleanStart: false, expirySeconds: 100 });
  assert.deepEqual(back.outlet.take(), ["m qos2 #1 dup"]);
});

test("where nobody else is connected a member keeps what it was given, and gets it when it comes back", () => {
  const broker = new TestBroker();
  const one = broker.open("1", { expirySeconds: 100 });
  broker.subscribe(one.session, "$share/g/a");
  broker.publish("a", "m");
  broker.registry.leave(one.session);
  broker.publish("a", "offline");
  const back = broker.open("1", { cleanStart: false, expirySeconds: 100 });
  assert.deepEqual(back.outlet.take(), ["m qos1 #1 dup", "offline qos1 #2"]);
});

test("the messages of a group's member whose session ends go to the others, or are counted as lost", () => {
  const broker = new TestBroker();
  const one = broker.open("1");
  broker.subscribe(one.session, "$share/g/a");
  broker.publish("a", "m");
  const two = broker.open("2");
  broker.subscribe(two.session, "$share/g/a");
  broker.registry.leave(one.session);
  assert.deepEqual(two.outlet.take(), ["m qos1 #1"]);
  broker.registry.leave(two.session);
  assert.equal(broker.statistics.messagesDropped[DropReason.sessionEnded], 1);
});

test("a will of a group's member goes to a member that is connected, never to the one that died", () => {
  for (const qos of [0, 1] as const) {
    for (const expirySeconds of [0, 100]) {
      const broker = new TestBroker();
      const will = { topic: "a", delaySeconds: 0, qos };
      const outlet = new TestOutlet();
      const dying = broker.open("1", { expirySeconds, will, outlet });
      broker.subscribe(dying.session, "$share/g/a");
      const other = broker.open("2");
      broker.subscribe(other.session, "$share/g/a");
      broker.registry.leave(dying.session);
      assert.equal(other.outlet.take().length, 1, `QoS ${qos}, expiry ${expirySeconds}`);
    }
  }
});
