import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom, unguessableText, unpredictableRandom } from "./random.ts";

function draw(random: { below(bound: number): number }, count: number, bound: number): number[] {
  return Array.from({ length: count }, () => random.below(bound));
}

test("the same seed gives the same numbers", () => {
  assert.deepEqual(draw(new SeededRandom(7), 100, 1000), draw(new SeededRandom(7), 100, 1000));
});

test("near seeds give unlike numbers", () => {
  const [one, two] = [draw(new SeededRandom(1), 100, 1_000_000), draw(new SeededRandom(2), 100, 1_000_000)];
  assert.ok(one.filter((number, index) => number === two[index]).length < 3);
});

test("numbers are whole and below the bound", () => {
  for (const bound of [1, 2, 3, 1000, 2 ** 32]) {
    for (const number of draw(new SeededRandom(bound), 1000, bound)) {
      assert.ok(Number.isInteger(number) && number >= 0 && number < bound, `${number} for ${bound}`);
    }
  }
});

test("every number has its share, also with the seed 0", () => {
  const counts = new Map<number, number>();
  for (const number of draw(new SeededRandom(0), 10_000, 10)) counts.set(number, (counts.get(number) ?? 0) + 1);
  for (let number = 0; number < 10; number++) {
    const count = counts.get(number) ?? 0;
    assert.ok(count > 850 && count < 1150, `${number} came ${count} times of 10,000`);
  }
});

test("two unpredictable generators do not agree", () => {
  assert.notDeepEqual(draw(unpredictableRandom(), 20, 1000), draw(unpredictableRandom(), 20, 1000));
});

test("unguessable text is 22 characters that a topic may hold, and new each time", () => {
  const texts = new Set(Array.from({ length: 100 }, unguessableText));
  assert.equal(texts.size, 100);
  for (const text of texts) assert.match(text, /^[\w-]{22}$/);
});
