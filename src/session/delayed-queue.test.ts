import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { topicName } from "../protocol/mod.ts";
import { Publication } from "../store/mod.ts";
import { type DelayedMessage, DelayedQueue } from "./delayed-queue.ts";

const bytes = Buffer.from("t");
const publication = new Publication({
  topic: { name: topicName("t"), bytes },
  payload: bytes,
  properties: Buffer.alloc(0),
  qos: 1,
  retain: false,
  messageExpiryInterval: -1,
  receivedAt: 0,
  publisherId: "",
});

it("gives back what is due first, and of what is due at the same time what came first", () => {
  // A number is the time at which a message is due, null takes one out.
  const steps = fc.array(fc.option(fc.nat(20), { freq: 3 }), { maxLength: 300 });
  fc.assert(
    fc.property(steps, (wanted) => {
      const queue = new DelayedQueue();
      let model: DelayedMessage[] = [];
      for (const [order, due] of wanted.entries()) {
        if (due !== null) {
          const message: DelayedMessage = { publication, due, order, stored: null };
          queue.add(message);
          model.push(message);
          model = model.toSorted((one, other) => one.due - other.due || one.order - other.order);
        } else assert.equal(queue.shift(), model.shift() ?? null);
        assert.equal(queue.first, model[0] ?? null);
        assert.equal(queue.size, model.length);
      }
      assert.deepEqual(new Set(queue.values()), new Set(model));
    }),
    { seed: 20261123 },
  );
});
