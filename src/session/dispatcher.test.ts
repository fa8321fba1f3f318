import assert from "node:assert/strict";
import { test } from "node:test";
import { topicName } from "../protocol/mod.ts";
import { PublishOutcome } from "./dispatcher.ts";
import { TestBroker } from "./fuzz/test-broker.ts";
import { publicationOf } from "./fuzz/test-publication.ts";
import { DropReason } from "./statistics.ts";

function outcome(
  broker: TestBroker,
  topic: string,
  change: { retain?: boolean; publisherId?: string; payload?: string },
) {
  const publication = publicationOf(topic, change.payload ?? "m", 1);
  publication.retain = change.retain ?? false;
  publication.publisherId = change.publisherId ?? "publisher";
  return broker.dispatcher.publish(publication, broker.router.topics.findName(publication.topic.name));
}

test("the publisher is told whether anybody subscribes", () => {
  const broker = new TestBroker();
  const { session } = broker.open("c");
  broker.subscribe(session, "a");
  assert.equal(outcome(broker, "a", {}), PublishOutcome.matched);
  assert.equal(outcome(broker, "b", {}), PublishOutcome.unmatched);
  assert.equal(broker.statistics.messagesPublished, 2);
});

test("a client does not get its own message by a subscription with No Local, and others do", () => {
  const broker = new TestBroker();
  const [own, other] = [broker.open("own"), broker.open("other")];
  broker.subscribe(own.session, "a", { noLocal: true });
  assert.equal(outcome(broker, "a", { publisherId: "own" }), PublishOutcome.unmatched);
  broker.subscribe(other.session, "a", { noLocal: true });
  assert.equal(outcome(broker, "a", { publisherId: "own" }), PublishOutcome.matched);
  assert.deepEqual([own.outlet.take().length, other.outlet.take().length], [0, 1]);
});

test("No Local on one of two overlapping subscriptions leaves the other", () => {
  const broker = new TestBroker();
  const own = broker.open("own");
  broker.subscribe(own.session, "a", { noLocal: true, qos: 2 });
  broker.subscribe(own.session, "+", { qos: 0 });
  outcome(broker, "a", { publisherId: "own" });
  outcome(broker, "a", { publisherId: "other" });
  assert.deepEqual(own.outlet.take(), ["m qos0", "m qos1 #1"]);
});

test("a live message has RETAIN only for those who want it as published", () => {
  const broker = new TestBroker();
  const [plain, published] = [broker.open("1"), broker.open("2")];
  broker.subscribe(plain.session, "a");
  broker.subscribe(published.session, "a", { retainAsPublished: true });
  outcome(broker, "a", { retain: true });
  outcome(broker, "a", {});
  assert.deepEqual(plain.outlet.take(), ["m qos1 #1", "m qos1 #2"]);
  assert.deepEqual(published.outlet.take(), ["m qos1 #1 retain", "m qos1 #2"]);
});

test("a retained message is kept; an empty one deletes it and is still delivered", () => {
  const broker = new TestBroker();
  const { session, outlet } = broker.open("c");
  broker.subscribe(session, "a");
  outcome(broker, "a", { retain: true });
  assert.equal(broker.retained.get(topicName("a"))?.payload.toString(), "m");
  outcome(broker, "a", { payload: "not retained" });
  assert.equal(broker.retained.get(topicName("a"))?.payload.toString(), "m");
  outcome(broker, "a", { retain: true, payload: "" });
  assert.equal(broker.retained.get(topicName("a")), null);
  assert.equal(outlet.take().length, 3);
});

test("a retained message beyond the limits is refused and counted", () => {
  const broker = new TestBroker();
  const { session, outlet } = broker.open("c");
  broker.subscribe(session, "#");
  for (let index = 0; index < 1000; index++) outcome(broker, `t/${index}`, { retain: true });
  outlet.take();
  assert.equal(outcome(broker, "one/more", { retain: true }), PublishOutcome.retainRefused);
  assert.deepEqual(outlet.take(), [], "what is refused is not delivered either");
  assert.equal(broker.statistics.messagesDropped[DropReason.retainedLimit], 1);
  assert.equal(outcome(broker, "t/5", { retain: true }), PublishOutcome.matched);
});

test("every matching group gets one copy, beside the clients' own subscriptions", () => {
  const broker = new TestBroker();
  const clients = ["1", "2", "3"].map((clientId) => broker.open(clientId));
  for (const { session } of clients) {
    broker.subscribe(session, "$share/g/a");
    broker.subscribe(session, "$share/h/#");
  }
  broker.subscribe(clients[0]?.session ?? assert.fail(), "a");
  outcome(broker, "a", {});
  assert.equal(clients.flatMap(({ outlet }) => outlet.take()).length, 3);
});

test("QoS 0 for a group of which nobody is connected goes to nobody, and is not kept", () => {
  const broker = new TestBroker();
  const { session } = broker.open("1", { expirySeconds: 100 });
  broker.subscribe(session, "$share/g/a");
  broker.registry.leave(session);
  broker.publish("a", "zero", 0);
  broker.publish("a", "one", 1);
  const { outlet } = broker.open("1", { cleanStart: false, expirySeconds: 100 });
  assert.deepEqual(outlet.take(), ["one qos1 #1"]);
});
