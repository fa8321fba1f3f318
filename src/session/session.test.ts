import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonCode } from "../protocol/mod.ts";
import { TestBroker } from "./fuzz/test-broker.ts";
import { TestOutlet } from "./fuzz/test-outlet.ts";
import { DropReason } from "./statistics.ts";

/** A client with a session that stays, subscribed to everything at QoS 2. */
function connected(broker: TestBroker, sendQuota = 100) {
  const outlet = new TestOutlet();
  outlet.sendQuota = sendQuota;
  const { session } = broker.open("c", { expirySeconds: 1000, outlet });
  broker.subscribe(session, "#");
  return { session, outlet };
}

function dropped(broker: TestBroker, reason: DropReason): number {
  return broker.statistics.messagesDropped[reason] as number;
}

test("a message is sent at once, at the lower of its QoS and the subscription's", () => {
  const broker = new TestBroker();
  const { session, outlet } = broker.open("c");
  broker.subscribe(session, "a", { qos: 1 });
  for (const qos of [0, 1, 2] as const) broker.publish("a", `m${qos}`, qos);
  assert.deepEqual(outlet.take(), ["m0 qos0", "m1 qos1 #1", "m2 qos1 #2"]);
});

test("no more are sent than the client takes at once; the rest follows each acknowledgement, in order", () => {
  const broker = new TestBroker();
  const { session, outlet } = connected(broker, 2);
  for (let index = 1; index <= 5; index++) broker.publish("a", `m${index}`);
  assert.deepEqual(outlet.take(), ["m1 qos1 #1", "m2 qos1 #2"]);
  assert.deepEqual([session.inflight, session.queued], [2, 3]);
  session.puback(2);
  session.pump();
  assert.deepEqual(outlet.take(), ["m3 qos1 #3"]);
  session.puback(1);
  session.puback(3);
  session.pump();
  assert.deepEqual(outlet.take(), ["m4 qos1 #4", "m5 qos1 #5"]);
});

test("a new message does not overtake those that wait, though there is room in the window", () => {
  const broker = new TestBroker();
  const { session, outlet } = connected(broker, 1);
  broker.publish("a", "first");
  broker.publish("a", "second");
  session.puback(1);
  broker.publish("a", "third");
  outlet.sendQuota = 10;
  session.pump();
  assert.deepEqual(outlet.take(), ["first qos1 #1", "second qos1 #2", "third qos1 #3"]);
});

test("to a client that does not read QoS 0 is dropped and counted; QoS 1 waits and asks to be sent later", () => {
  const broker = new TestBroker();
  const { session, outlet } = connected(broker);
  outlet.congested = true;
  broker.publish("a", "zero", 0);
  broker.publish("a", "one", 1);
  assert.deepEqual(outlet.take(), []);
  assert.equal(dropped(broker, DropReason.slowConsumer), 1);
  assert.equal(outlet.pumpsAskedFor, 1);
  outlet.congested = false;
  session.pump();
  assert.deepEqual(outlet.take(), ["one qos1 #1"]);
});

test("a queue is bounded by count; what does not fit is dropped and counted", () => {
  const broker = new TestBroker({ queuedMessagesMax: 3 });
  const { session, outlet } = connected(broker, 1);
  for (let index = 0; index < 6; index++) broker.publish("a", `m${index}`);
  assert.equal(session.queued, 3);
  assert.equal(dropped(broker, DropReason.queueFull), 2);
  outlet.sendQuota = 10;
  session.pump();
  assert.deepEqual(outlet.take().length, 4);
  assert.equal(session.queuedBytes, 0);
});

test("a queue is bounded by bytes", () => {
  const broker = new TestBroker({ queuedBytesMax: 1000 });
  const { session } = connected(broker, 1);
  broker.publish("a", "in flight");
  for (let index = 0; index < 3; index++) broker.publish("a", "x".repeat(300));
  assert.equal(session.queued, 1);
  assert.equal(dropped(broker, DropReason.queueBytesFull), 2);
  assert.ok(session.queuedBytes <= 1000);
});

test("a message that expires while it waits is not sent, and counted; what comes behind it is sent", () => {
  const broker = new TestBroker();
  const { session, outlet } = connected(broker, 1);
  broker.publish("a", "first");
  broker.publish("a", "short", 1, 5);
  broker.publish("a", "long", 1, 50);
  broker.advance(5);
  session.puback(1);
  session.pump();
  assert.deepEqual(outlet.take(), ["first qos1 #1", "long qos1 #2"]);
  assert.equal(dropped(broker, DropReason.expired), 1);
});

test("a message that is too large for the client is done with, and the next one is sent", () => {
  const broker = new TestBroker();
  const { session, outlet } = connected(broker);
  outlet.tooLarge.add("large");
  for (const payload of ["a", "large", "b"]) broker.publish("t", payload, 2);
  assert.deepEqual(outlet.take(), ["a qos2 #1", "b qos2 #3"]);
  assert.deepEqual([session.inflight, session.queued], [2, 0]);
  assert.equal(dropped(broker, DropReason.tooLarge), 1);
});

test("a client that comes back gets what it did not acknowledge: in order, with the same identifiers and DUP", () => {
  const broker = new TestBroker();
  const { session, outlet } = connected(broker);
  for (const [payload, qos] of [
    ["one", 1],
    ["two", 2],
    ["three", 2],
    ["four", 1],
  ] as const)
    broker.publish("a", payload, qos);
  outlet.take();
  assert.equal(session.pubrec(2, ReasonCode.success), ReasonCode.success);
  session.puback(1);
  broker.registry.leave(session);
  broker.publish("a", "meanwhile", 1);
  const back = broker.open("c", { cleanStart: false, expirySeconds: 1000 });
  assert.equal(back.present, true);
  assert.deepEqual(back.outlet.take(), ["pubrel #2", "three qos2 #3 dup", "four qos1 #4 dup", "meanwhile qos1 #5"]);
});

test("what is sent again is bound by what the client takes now, and is sent once per connection", () => {
  const broker = new TestBroker();
  const { session } = connected(broker);
  for (let index = 1; index <= 4; index++) broker.publish("a", `m${index}`);
  broker.registry.leave(session);
  const narrow = new TestOutlet();
  narrow.sendQuota = 2;
  broker.open("c", { cleanStart: false, expirySeconds: 1000, outlet: narrow });
  assert.deepEqual(narrow.take(), ["m1 qos1 #1 dup", "m2 qos1 #2 dup"]);
  broker.publish("a", "new");
  session.puback(1);
  session.pump();
  assert.deepEqual(narrow.take(), ["m3 qos1 #3 dup"]);
  for (const packetId of [2, 3, 4, 5]) {
    session.puback(packetId);
    session.pump();
  }
  assert.deepEqual(narrow.take(), ["m4 qos1 #4 dup", "new qos1 #5"]);
});

test("an acknowledgement for what is still to be sent again spares the second sending", () => {
  const broker = new TestBroker();
  const { session } = connected(broker);
  for (let index = 1; index <= 3; index++) broker.publish("a", `m${index}`);
  broker.registry.leave(session);
  const narrow = new TestOutlet();
  narrow.sendQuota = 1;
  broker.open("c", { cleanStart: false, expirySeconds: 1000, outlet: narrow });
  session.puback(2);
  session.puback(1);
  session.pump();
  assert.deepEqual(narrow.take(), ["m1 qos1 #1 dup", "m3 qos1 #3 dup"]);
  assert.deepEqual([session.inflight, session.queued], [1, 0]);
});

test("what was sent before it expired is sent again although it has expired", () => {
  const broker = new TestBroker();
  const { session } = connected(broker);
  broker.publish("a", "m", 1, 5);
  broker.registry.leave(session);
  broker.advance(10);
  const { outlet } = broker.open("c", { cleanStart: false, expirySeconds: 1000 });
  assert.deepEqual(outlet.take(), ["m qos1 #1 dup"]);
});

test("acknowledgements of the wrong kind, or for nothing, change nothing", () => {
  const broker = new TestBroker();
  const { session } = connected(broker);
  broker.publish("a", "one", 1);
  broker.publish("a", "two", 2);
  session.puback(2);
  session.pubcomp(2);
  session.pubcomp(1);
  session.puback(77);
  assert.equal(session.pubrec(1, ReasonCode.success), ReasonCode.packetIdentifierNotFound);
  assert.equal(session.pubrec(77, ReasonCode.success), ReasonCode.packetIdentifierNotFound);
  assert.equal(session.pubrec(77, ReasonCode.unspecifiedError), null);
  assert.equal(session.inflight, 2);
});

test("a PUBREC that refuses ends the exchange; one that comes again is answered again", () => {
  const broker = new TestBroker();
  const { session } = connected(broker);
  broker.publish("a", "one", 2);
  broker.publish("a", "two", 2);
  assert.equal(session.pubrec(1, ReasonCode.unspecifiedError), null);
  assert.equal(session.pubrec(2, ReasonCode.success), ReasonCode.success);
  assert.equal(session.pubrec(2, ReasonCode.success), ReasonCode.success);
  session.pubcomp(2);
  assert.equal(session.inflight, 0);
});

test("a long queue is sent in portions, so that others get their turn", () => {
  const broker = new TestBroker({ queuedMessagesMax: 5000 });
  const { session } = connected(broker);
  broker.registry.leave(session);
  for (let index = 0; index < 1000; index++) broker.publish("a", `m${index}`);
  const outlet = new TestOutlet();
  outlet.sendQuota = 5000;
  broker.open("c", { cleanStart: false, expirySeconds: 1000, outlet });
  const first = outlet.take().length;
  assert.ok(first < 500 && first > 0);
  let portions = 0;
  while (session.pump()) portions++;
  assert.ok(portions >= 2);
  assert.equal(session.queued, 0);
});

test("QoS 0 is not kept for a client that is away", () => {
  const broker = new TestBroker();
  const { session } = connected(broker);
  broker.registry.leave(session);
  broker.publish("a", "zero", 0);
  broker.publish("a", "one", 1);
  const { outlet } = broker.open("c", { cleanStart: false, expirySeconds: 1000 });
  assert.deepEqual(outlet.take(), ["one qos1 #1"]);
});

test("a QoS 2 message is taken once until its identifier is released", () => {
  const { session } = connected(new TestBroker());
  assert.deepEqual([session.receive(5), session.receive(5), session.hasReceived(5)], [true, false, true]);
  assert.deepEqual([session.release(5), session.release(5), session.receive(5)], [true, false, true]);
});
