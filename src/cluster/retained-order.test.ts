import assert from "node:assert/strict";
import { test } from "node:test";
import { topicName } from "../protocol/mod.ts";
import { MemoryRetainedStore, Publication } from "../store/mod.ts";
import { RetainedOrder } from "./retained-order.ts";

function message(payload: string): Publication {
  return new Publication({
    topic: { name: topicName("t"), bytes: Buffer.from("t") },
    payload: Buffer.from(payload),
    properties: Buffer.alloc(0),
    qos: 0,
    retain: true,
    messageExpiryInterval: -1,
    receivedAt: 0,
    publisherId: "p",
  });
}

function setup(): { order: RetainedOrder; value: () => string | undefined } {
  const retained = new MemoryRetainedStore({ messagesMax: 1, bytesMax: 400 });
  const value = (): string | undefined => retained.get(topicName("t"))?.payload.toString();
  return { order: new RetainedOrder(retained), value };
}

test("the later of two changes stands, in whatever order they arrive", () => {
  const { order, value } = setup();
  order.apply(message("late"), 5);
  order.apply(message("early"), 4);
  assert.equal(value(), "late");
  order.apply(message("later"), 6);
  assert.equal(value(), "later");
});

test("a change from before a deletion does not bring the message back", () => {
  const { order, value } = setup();
  order.apply(message(""), 5);
  order.apply(message("early"), 4);
  assert.equal(value(), undefined);
  order.apply(message("late"), 6);
  assert.equal(value(), "late");
});

test("a deletion is forgotten once no earlier change can be on its way", () => {
  const { order } = setup();
  order.changed(message(""), 5);
  order.forgetBefore(4);
  assert.equal(order.remembered, 1);
  order.forgetBefore(5);
  assert.equal(order.remembered, 0);
});

test("what another shard has taken is kept beyond this shard's own ceiling", () => {
  const { order, value } = setup();
  order.apply(message("x".repeat(1000)), 5);
  assert.equal(value()?.length, 1000);
});
