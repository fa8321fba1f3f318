import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { type DelayedMessage, DelayedQueue } from "./delayed-queue.ts";
import { publicationOf } from "./fuzz/test-publication.ts";

const publication = publicationOf("t", "t", 1);

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
