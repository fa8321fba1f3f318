import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimerWheel, type WheelEntry } from "./timer-wheel.ts";

const tick = 100;

const rethrow = (error: unknown): never => {
  throw error;
};

class Alarm implements WheelEntry {
  wheelNext: WheelEntry | null = null;
  wheelPrevious: WheelEntry | null = null;
  wheelSlot = -1;
  wheelDue = -1;
  readonly fired: number[] = [];
  readonly #run: () => void;

  constructor(run: () => void = () => {}) {
    this.#run = run;
  }

  onWheel(): void {
    this.fired.push(0);
    this.#run();
  }
}

test("an entry fires at its time and not before", () => {
  const wheel = new TimerWheel(tick, 0, rethrow);
  const alarm = new Alarm();
  wheel.schedule(alarm, 250);
  wheel.advance(249);
  assert.equal(alarm.fired.length, 0);
  wheel.advance(299);
  assert.equal(alarm.fired.length, 0);
  wheel.advance(300);
  assert.equal(alarm.fired.length, 1);
});

test("an entry that fails takes none of the others of its tick with it, and is reported", () => {
  const failures: unknown[] = [];
  const wheel = new TimerWheel(tick, 0, (error) => void failures.push(error));
  const alarms = [0, 1, 2].map((index) => new Alarm(() => rethrow(new Error(`alarm ${index}`))));
  for (const alarm of alarms) wheel.schedule(alarm, 100);
  wheel.advance(100);
  assert.deepEqual(
    alarms.map(({ fired }) => fired.length),
    [1, 1, 1],
  );
  assert.equal(failures.length, 3);
});

test("an entry fires once", () => {
  const wheel = new TimerWheel(tick, 0, rethrow);
  const alarm = new Alarm();
  wheel.schedule(alarm, 100);
  wheel.advance(200_000);
  wheel.advance(400_000);
  assert.equal(alarm.fired.length, 1);
});

test("an entry whose time has passed already fires with the next tick", () => {
  const wheel = new TimerWheel(tick, 5000, rethrow);
  const alarm = new Alarm();
  wheel.schedule(alarm, 10);
  wheel.advance(5099);
  assert.equal(alarm.fired.length, 0);
  wheel.advance(5100);
  assert.equal(alarm.fired.length, 1);
});

test("an entry far away waits through many rounds of the wheel", () => {
  const wheel = new TimerWheel(tick, 0, rethrow);
  const alarm = new Alarm();
  const due = 0xffff_ffff * 1000;
  wheel.schedule(alarm, due);
  for (let now = 0; now < 200_000; now += 5000) wheel.advance(now);
  wheel.advance(due - 1);
  assert.equal(alarm.fired.length, 0);
  wheel.advance(due);
  assert.equal(alarm.fired.length, 1);
});

test("a callback may cancel an entry that is due at the same moment", () => {
  const wheel = new TimerWheel(tick, 0, rethrow);
  const alarms: Alarm[] = [];
  for (let index = 0; index < 2; index++) alarms.push(new Alarm(() => alarms.forEach((other) => wheel.cancel(other))));
  for (const alarm of alarms) wheel.schedule(alarm, 100);
  wheel.advance(100);
  assert.equal(
    alarms.reduce((sum, alarm) => sum + alarm.fired.length, 0),
    1,
  );
  assert.equal(wheel.size, 0);
});

test("a callback may move an entry that is due at the same moment to a later time", () => {
  const wheel = new TimerWheel(tick, 0, rethrow);
  const alarms: Alarm[] = [];
  for (let index = 0; index < 2; index++) {
    alarms.push(new Alarm(() => alarms.forEach((other) => other.fired.length === 0 && wheel.schedule(other, 900))));
  }
  for (const alarm of alarms) wheel.schedule(alarm, 100);
  wheel.advance(100);
  assert.equal(wheel.size, 1);
  wheel.advance(899);
  assert.equal(wheel.size, 1);
  wheel.advance(900);
  assert.deepEqual(
    alarms.map((alarm) => alarm.fired.length),
    [1, 1],
  );
});

test("an entry that schedules itself in its callback goes on, once per round", () => {
  const wheel = new TimerWheel(tick, 0, rethrow);
  let now = 0;
  const alarm: Alarm = new Alarm(() => wheel.schedule(alarm, now + 1000));
  wheel.schedule(alarm, 1000);
  for (now = 0; now <= 10_000; now += 100) wheel.advance(now);
  assert.equal(alarm.fired.length, 10);
});

test("cancelling what does not wait does nothing", () => {
  const wheel = new TimerWheel(tick, 0, rethrow);
  const alarm = new Alarm();
  wheel.cancel(alarm);
  wheel.schedule(alarm, 100);
  wheel.cancel(alarm);
  wheel.cancel(alarm);
  assert.equal(wheel.size, 0);
  wheel.advance(1000);
  assert.equal(alarm.fired.length, 0);
});

type Step =
  | { readonly kind: "schedule"; readonly entry: number; readonly after: number }
  | { readonly kind: "cancel"; readonly entry: number }
  | { readonly kind: "advance"; readonly by: number };

const entries = 6;
const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("schedule" as const),
    entry: fc.nat(entries - 1),
    after: fc.oneof(fc.integer({ min: -500, max: 2000 }), fc.nat(200_000)),
  }),
  fc.record({ kind: fc.constant("cancel" as const), entry: fc.nat(entries - 1) }),
  fc.record({ kind: fc.constant("advance" as const), by: fc.oneof(fc.nat(350), fc.nat(120_000)) }),
);

/**
 * The wheel beside the plain wording: each entry has a due time or none, and fires at the first tick that is not
 * before.
 */
function checkAgainstModel(start: number, steps: readonly Step[]): void {
  const wheel = new TimerWheel(tick, start, rethrow);
  let now = start;
  const due: (number | null)[] = Array.from({ length: entries }, () => null);
  const alarms = due.map(
    (_, index) =>
      new Alarm(() => {
        const wanted = due[index];
        assert.ok(wanted !== null && wanted !== undefined, "one that does not wait has fired");
        assert.ok(now >= wanted, `fired ${wanted - now} ms early`);
        due[index] = null;
      }),
  );
  for (const step of steps) {
    if (step.kind === "advance") {
      const tickBefore = Math.floor(now / tick);
      now += step.by;
      wheel.advance(now);
      if (Math.floor(now / tick) === tickBefore) continue;
      for (const wanted of due) assert.ok(wanted === null || now < wanted + tick, "one fired more than a tick late");
      continue;
    }
    const alarm = alarms[step.entry] as Alarm;
    if (step.kind === "cancel") wheel.cancel(alarm);
    else wheel.schedule(alarm, now + step.after);
    due[step.entry] = step.kind === "cancel" ? null : now + step.after;
  }
  assert.equal(wheel.size, due.filter((wanted) => wanted !== null).length);
}

test("any history of scheduling, cancelling and waiting fires what a plain list of times would", () => {
  fc.assert(fc.property(fc.nat(1_000_000), fc.array(arbitraryStep, { maxLength: 60 }), checkAgainstModel), {
    numRuns: 1000,
  });
});
