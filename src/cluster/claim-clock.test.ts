import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClaimClock } from "./claim-clock.ts";

const start = 1_795_000_000_000;

describe("the clock of claims", () => {
  it("calls the later one later, on shards that have not heard of each other", () => {
    const busy = new ClaimClock(0, () => start);
    for (let count = 0; count < 5; count++) busy.tick();
    assert.ok(new ClaimClock(1, () => start + 1).tick() > busy.tick());
  });

  it("makes moments that are later than all that were seen, where the wall clock goes back", () => {
    let now = start;
    const clock = new ClaimClock(3, () => now);
    const before = clock.tick();
    now -= 60_000;
    assert.ok(clock.tick() > before);
    const other = new ClaimClock(4, () => now);
    other.saw(before);
    assert.ok(other.tick() > before);
  });

  it("makes moments that differ from shard to shard", () => {
    const moments = Array.from({ length: 64 }, (_, shard) => new ClaimClock(shard, () => start).tick());
    assert.equal(new Set(moments).size, 64);
  });

  it("lets what no other shard hears of win against no claim that is made later", () => {
    const { quiet } = new ClaimClock(0, () => start);
    assert.ok(new ClaimClock(0, () => start).tick() >= quiet);
  });
});
