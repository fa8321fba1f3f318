import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFilter } from "../protocol/mod.ts";
import type { Subscription } from "../router/mod.ts";
import { TestBroker } from "./fuzz/test-broker.ts";
import { SubscriptionSet } from "./subscription-set.ts";

const texts = ["a", "b", "a/+", "#", "$share/g/a", "$share/h/a", "$share/g/#", "c", "d", "e", "f", "g"];

function targetOf(text: string) {
  return parseFilter(text) ?? assert.fail();
}

test("a set finds what was added and not deleted, few or many, shared or not", () => {
  const step = fc.record({ text: fc.constantFrom(...texts), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { router } = new TestBroker();
      const set = new SubscriptionSet();
      const model = new Map<string, Subscription>();
      const subscriber = { clientId: "c", online: true, load: 0, routeMark: 0, routeIndex: 0, mayReceive: () => true };
      for (const { text, add } of steps) {
        const held = model.get(text);
        if (add && held === undefined) {
          const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
          const subscription = router.subscribe(subscriber, targetOf(text), options, 0);
          set.add(subscription);
          model.set(text, subscription);
        } else if (!add && held !== undefined) {
          set.delete(held);
          model.delete(text);
        }
        for (const each of texts) assert.equal(set.get(targetOf(each)), model.get(each) ?? null);
        assert.equal(set.size, model.size);
        assert.deepEqual(new Set(set), new Set(model.values()));
      }
    }),
    { numRuns: 300 },
  );
});
