import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "../base/mod.ts";
import { MemoryListener, Turn } from "../transport/mod.ts";
import { listenedMax, silentMilliseconds, type Stranger, Strangers } from "./strangers.ts";

/** Strangers of a crowd, and which of them are paused. */
class Crowd {
  readonly clock = new ManualClock();
  readonly strangers: Strangers;
  readonly paused = new Set<Stranger>();
  turns = 0;

  constructor() {
    const { clock } = this;
    this.strangers = new Strangers({
      now: () => clock.now(),
      wake: () => this.turns++,
      after: (milliseconds, run) => void clock.after(milliseconds, run),
    });
  }

  come(count: number): Stranger[] {
    return Array.from({ length: count }, () => {
      const listener = new MemoryListener(new Turn(() => 0, setImmediate), (accepted) => {
        const stranger = { channel: accepted };
        accepted.pause = () => void this.paused.add(stranger);
        accepted.resume = () => void this.paused.delete(stranger);
        come.push(stranger);
        return null;
      });
      const come: Stranger[] = [];
      listener.connect();
      const [stranger] = come as [Stranger];
      this.strangers.enter(stranger);
      return stranger;
    });
  }

  /** The places of those that are listened to. */
  heard(all: readonly Stranger[]): number[] {
    return all.flatMap((stranger, index) => (this.paused.has(stranger) ? [] : [index]));
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

test("a few strangers are all listened to, and cost no turn and no timer", () => {
  const crowd = new Crowd();
  const all = crowd.come(listenedMax);
  crowd.clock.advance(10 * silentMilliseconds);
  crowd.strangers.endTurn();
  assert.deepEqual([crowd.heard(all), crowd.turns], [range(0, listenedMax), 0]);
});

test("of a crowd so many are listened to as one turn may bring, the others in their order when those have spoken", () => {
  const crowd = new Crowd();
  const all = crowd.come(3 * listenedMax);
  assert.deepEqual(crowd.heard(all), range(0, listenedMax));
  for (const stranger of all.slice(0, 10)) crowd.strangers.leave(stranger);
  assert.deepEqual(crowd.heard(all), range(0, listenedMax), "the turn is not over");
  crowd.strangers.endTurn();
  assert.deepEqual(crowd.heard(all), range(0, listenedMax + 10));
  assert.deepEqual([crowd.strangers.listened, crowd.strangers.waiting], [listenedMax, 2 * listenedMax - 10]);
});

test("who says nothing makes room, and is listened to again when all others were", () => {
  const crowd = new Crowd();
  const all = crowd.come(2 * listenedMax + 1);
  crowd.strangers.endTurn();
  const rounds: number[][] = [];
  for (let round = 0; round < 4; round++) {
    const { turns } = crowd;
    crowd.clock.advance(silentMilliseconds);
    assert.ok(crowd.turns > turns, "a turn comes by itself");
    crowd.strangers.endTurn();
    rounds.push(crowd.heard(all));
  }
  const [one, two, last] = [listenedMax, 2 * listenedMax, 2 * listenedMax];
  assert.deepEqual(rounds[0], range(one, two));
  assert.deepEqual(rounds[1], [...range(0, one - 1), last]);
  assert.deepEqual(rounds[2], range(one - 1, two - 1));
  assert.deepEqual(rounds[3], [...range(0, one - 2), two - 1, last]);
});

test("who was listened to for a shorter time keeps its place", () => {
  const crowd = new Crowd();
  const all = crowd.come(2 * listenedMax);
  crowd.clock.advance(silentMilliseconds - 1);
  crowd.strangers.endTurn();
  assert.deepEqual(crowd.heard(all), range(0, listenedMax));
});

test("who leaves while it waits is not paused any more, and is forgotten", () => {
  const crowd = new Crowd();
  const all = crowd.come(listenedMax + 2);
  crowd.strangers.leave(all[listenedMax] as Stranger);
  assert.equal(crowd.paused.has(all[listenedMax] as Stranger), false);
  for (const stranger of all) crowd.strangers.leave(stranger);
  assert.deepEqual([crowd.strangers.listened, crowd.strangers.waiting, crowd.paused.size], [0, 0, 0]);
});
