import assert from "node:assert/strict";
import { it } from "node:test";
import { ReadTurns } from "./read-turns.ts";

it("reads of the store take turns: never more than so many at once, in their order, also where some fail", async () => {
  const turns = new ReadTurns(3);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      turns.run(async () => {
        started.push(index);
        running++;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        if (index % 5 === 0) throw new Error("unreadable");
        return index;
      }),
    ),
  );
  assert.equal(most, 3);
  assert.deepEqual(
    started,
    Array.from({ length: 20 }, (_, index) => index),
  );
  assert.equal(results.filter(({ status }) => status === "rejected").length, 4);
});
