import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReadAhead } from "./read-ahead.ts";
import { Statistics } from "./statistics.ts";

class Queue {
  turns = 0;

  onPlace(): void {
    this.turns++;
  }
}

function readAhead(time: { now: number }, bytesMax = 1 << 30): ReadAhead {
  return new ReadAhead({ bytesMax, statistics: new Statistics(), now: () => time.now });
}

/** As many as find a place at once. */
function fill(shared: ReadAhead): Queue[] {
  const queues: Queue[] = [];
  let queue = new Queue();
  for (; shared.enter(queue); queue = new Queue()) queues.push(queue);
  shared.leave(queue);
  return queues;
}

describe("sessions that read their queues at once", () => {
  it("take turns in the order in which they came", () => {
    const shared = readAhead({ now: 0 });
    const [first, second] = fill(shared) as [Queue, Queue];
    const later = [new Queue(), new Queue()] as const;
    for (const queue of later) assert.equal(shared.enter(queue), false);
    shared.leave(first);
    assert.deepEqual(
      later.map(({ turns }) => turns),
      [1, 0],
    );
    shared.leave(second);
    assert.deepEqual(
      later.map(({ turns }) => turns),
      [1, 1],
    );
  });

  it("do not wait for those whose clients take nothing", () => {
    const time = { now: 0 };
    const shared = readAhead(time);
    fill(shared);
    const patient = new Queue();
    shared.enter(patient);
    shared.onTick(time.now);
    assert.equal(patient.turns, 0);
    time.now = 1000;
    shared.onTick(time.now);
    assert.equal(patient.turns, 1);
  });

  it("read less at a time the more of them hold what they read, whether their clients take it or not", () => {
    const time = { now: 0 };
    const shared = readAhead(time, 1 << 20);
    const alone = shared.pageBytes;
    fill(shared);
    const many = shared.pageBytes;
    time.now = 1000;
    fill(shared);
    assert.ok(many < alone);
    assert.ok(shared.pageBytes < many);
  });

  it("give up their turn, and also their wait for one, when they leave", () => {
    const shared = readAhead({ now: 0 });
    const [first, second] = fill(shared) as [Queue, Queue];
    const [gone, next] = [new Queue(), new Queue()];
    for (const queue of [gone, next]) shared.enter(queue);
    shared.leave(gone);
    for (const queue of [first, second]) shared.leave(queue);
    assert.deepEqual([gone.turns, next.turns], [0, 1]);
  });
});
