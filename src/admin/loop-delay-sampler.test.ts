import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Clock, ManualClock } from "../base/mod.ts";
import { LoopDelaySampler } from "./loop-delay-sampler.ts";

describe("the delay of the event loop", () => {
  it("is how much later than asked for a timer ran", () => {
    const observed: number[] = [];
    const clock = new ManualClock();
    let late = 0;
    const lateClock: Clock = {
      now: () => clock.now() + late,
      wallTime: () => clock.wallTime(),
      after: (milliseconds, run) => clock.after(milliseconds, run),
    };
    const sampler = new LoopDelaySampler(lateClock, (seconds) => observed.push(seconds));
    clock.advance(20);
    late = 250;
    clock.advance(20);
    clock.advance(20);
    sampler.stop();
    assert.deepEqual(observed, [0, 0.25, 0]);
  });

  it("is never below zero, though timers may come a fraction of a millisecond early", () => {
    const observed: number[] = [];
    const clock = new ManualClock();
    let early = 0;
    const earlyClock: Clock = {
      now: () => clock.now() - early,
      wallTime: () => clock.wallTime(),
      after: (milliseconds, run) => clock.after(milliseconds, run),
    };
    const sampler = new LoopDelaySampler(earlyClock, (seconds) => observed.push(seconds));
    early = 0.5;
    clock.advance(20);
    sampler.stop();
    assert.deepEqual(observed, [0]);
  });

  it("is not looked at any more after a stop", () => {
    const observed: number[] = [];
    const clock = new ManualClock();
    const sampler = new LoopDelaySampler(clock, (seconds) => observed.push(seconds));
    sampler.stop();
    clock.advance(1000);
    assert.deepEqual(observed, []);
  });
});
