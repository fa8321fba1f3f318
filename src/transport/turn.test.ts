import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AssertionError, type Peer } from "../base/mod.ts";
import { Channel } from "./channel.ts";
import { fanOut, patterned } from "./contract/packets.ts";
import { chunkBytes, Turn } from "./turn.ts";

/** A transport that keeps some of the buffers it is given, as a socket does whose peer does not read. */
class HoldingChannel extends Channel {
  readonly waitingBytes = 0;
  readonly written: Buffer[] = [];
  visits = 0;
  readonly #holds: () => boolean;

  constructor(holds: () => boolean = () => false) {
    super();
    this.#holds = holds;
  }

  protected describePeer(): Peer {
    return { address: "test", port: 0, proxy: null, tls: null, certificate: null, identity: null };
  }

  pause(): void {}
  resume(): void {}
  end(): void {
    this.ending = true;
  }
  destroy(): void {}

  write(bytes: Buffer): boolean {
    const held = this.#holds();
    this.written.push(held ? bytes : Buffer.from(bytes));
    return !held;
  }

  afterTurn(): void {
    this.visits++;
  }

  get sent(): Buffer {
    return Buffer.concat(this.written);
  }
}

/** A turn that ends when the test says so. */
function manualTurn(): { turn: Turn; over: () => void } {
  const scheduled: (() => void)[] = [];
  const turn = new Turn(
    () => 7.5,
    (run) => void scheduled.push(run),
  );
  return { turn, over: () => scheduled.splice(0).forEach((run) => run()) };
}

test("the channels of a fan-out are given the same memory", () => {
  const { turn, over } = manualTurn();
  const channels = [new HoldingChannel(() => true), new HoldingChannel(() => true)];
  for (let index = 0; index < 5; index++) fanOut(turn, channels, patterned(50, index));
  over();
  const [one, two] = channels.map(({ written }) => written[0]);
  assert.equal(one?.length, 250);
  assert.equal(one, two);
});

test("a packet that ends where a chunk ends does not run into the next chunk", () => {
  const { turn, over } = manualTurn();
  const [one, two] = [new HoldingChannel(), new HoldingChannel()];
  const packets = [chunkBytes / 2, chunkBytes / 2, 100, chunkBytes, 200].map(patterned);
  for (const packet of packets) fanOut(turn, [one, two], packet);
  over();
  assert.ok(one.sent.equals(Buffer.concat(packets)));
  assert.ok(two.sent.equals(one.sent));
});

test("stretches that begin alike and end apart are not mixed up", () => {
  const { turn, over } = manualTurn();
  const [one, two, three] = [new HoldingChannel(), new HoldingChannel(), new HoldingChannel()];
  fanOut(turn, [one, two, three], patterned(50, 1));
  fanOut(turn, [two], patterned(60, 2));
  over();
  assert.deepEqual(
    [one, two, three].map(({ sent }) => sent.length),
    [50, 110, 50],
  );
});

test("packets of one size in turns that follow each other are not mixed up, though a transport keeps the first", () => {
  const { turn, over } = manualTurn();
  const channel = new HoldingChannel(() => true);
  for (const seed of [1, 2]) {
    fanOut(turn, [channel], patterned(50, seed));
    over();
  }
  assert.ok(channel.sent.equals(Buffer.concat([patterned(50, 1), patterned(50, 2)])));
});

test("room that is given back is used again, so that packets stand without gaps", () => {
  const { turn, over } = manualTurn();
  const channel = new HoldingChannel();
  for (let index = 0; index < 3; index++) {
    const offset = turn.reserve(10);
    patterned(4, index).copy(turn.bytes, turn.at);
    turn.giveBack(6);
    turn.append(channel, offset, 4);
  }
  over();
  assert.equal(channel.written.length, 1);
  assert.ok(channel.sent.equals(Buffer.concat([0, 1, 2].map((index) => patterned(4, index)))));
});

test("the end of the turn may add output, which leaves with it", () => {
  const { turn, over } = manualTurn();
  const channel = new HoldingChannel();
  turn.onEnd = () => fanOut(turn, [channel], patterned(10, 1));
  turn.begin();
  over();
  assert.equal(channel.sent.length, 10);
});

test("a write that lets others have output is followed by theirs in the same turn", () => {
  const { turn, over } = manualTurn();
  const second = new HoldingChannel();
  const first = new HoldingChannel(() => {
    fanOut(turn, [second], patterned(20, 2));
    return false;
  });
  fanOut(turn, [first], patterned(10, 1));
  over();
  assert.equal(second.sent.length, 20);
});

test("again asks for one more turn, not for endless ones", () => {
  const { turn, over } = manualTurn();
  let ends = 0;
  turn.onEnd = () => {
    if (++ends === 1) turn.again();
  };
  turn.begin();
  for (let count = 0; count < 5; count++) over();
  assert.equal(ends, 2);
});

test("others are told first where output leaves before the turn ends, and the turn goes on", () => {
  const { turn, over } = manualTurn();
  const channel = new HoldingChannel();
  const events: string[] = [];
  turn.onEarly = () => void events.push(`told, ${channel.written.length} written`);
  turn.onEnd = () => void events.push(`end, ${channel.written.length} written`);
  for (let input = 0; input < 40; input++) {
    fanOut(turn, [channel], patterned(10, input));
    turn.inputDone();
  }
  over();
  assert.deepEqual(events, ["told, 0 written", "end, 1 written"]);
  assert.equal(channel.sent.length, 400);
});

test("the time stands still within a turn and moves with the next", () => {
  let time = 10.9;
  const scheduled: (() => void)[] = [];
  const turn = new Turn(
    () => time,
    (run) => void scheduled.push(run),
  );
  assert.equal(turn.now, 10);
  time = 20;
  assert.equal(turn.now, 10);
  scheduled.splice(0).forEach((run) => run());
  assert.equal(turn.now, 20);
  time = 30;
  turn.refreshNow();
  assert.equal(turn.now, 30);
});

test("a turn is long after three milliseconds, and the next one is not", () => {
  let time = 10.9;
  const scheduled: (() => void)[] = [];
  const turn = new Turn(
    () => time,
    (run) => void scheduled.push(run),
  );
  assert.equal(turn.isLong, false);
  time = 12.9;
  assert.equal(turn.isLong, false);
  time = 13.1;
  assert.equal(turn.isLong, true);
  scheduled.splice(0).forEach((run) => run());
  assert.equal(turn.isLong, false);
});

test("a channel that was visited is looked at when the turn ends, without output", () => {
  const { turn, over } = manualTurn();
  const channel = new HoldingChannel();
  turn.visit(channel);
  over();
  assert.deepEqual([channel.visits, channel.written.length], [1, 0]);
});

test("emptying the arena voids offsets that somebody keeps, and says so", () => {
  const { turn, over } = manualTurn();
  const epoch = turn.epoch;
  const channel = new HoldingChannel();
  for (let index = 0; index < 64; index++) fanOut(turn, [channel], patterned(chunkBytes, index));
  assert.equal(turn.epoch, epoch);
  fanOut(turn, [channel], patterned(1, 0));
  assert.notEqual(turn.epoch, epoch);
  over();
  assert.equal(channel.sent.length, 64 * chunkBytes + 1);
});

test("more than a chunk at once is a mistake of ours", () => {
  assert.throws(() => manualTurn().turn.reserve(chunkBytes + 1), AssertionError);
});

interface Step {
  /** Receivers as bits; 0: the turn ends. */
  readonly receivers: number;
  readonly size: number;
  readonly holds: boolean;
}

const arbitraryStep: fc.Arbitrary<Step> = fc.record({
  receivers: fc.nat(7),
  size: fc.oneof(
    fc.integer({ min: 1, max: 200 }),
    fc.constantFrom(4096, 16_384, 32_768, chunkBytes - 1, chunkBytes, chunkBytes + 1, 100_000),
  ),
  holds: fc.boolean(),
});

function checkSteps(steps: readonly Step[]): void {
  const { turn, over } = manualTurn();
  let holds = false;
  const channels = [0, 1, 2].map(() => new HoldingChannel(() => holds));
  const expected: Buffer[][] = [[], [], []];
  for (const [index, step] of steps.entries()) {
    holds = step.holds;
    if (step.receivers === 0) over();
    const packet = patterned(step.size, index);
    const receivers = channels.filter((_, number) => (step.receivers & (1 << number)) !== 0);
    for (const channel of receivers) (expected[channels.indexOf(channel)] as Buffer[]).push(packet);
    if (receivers.length > 0) fanOut(turn, receivers, packet);
  }
  over();
  for (const [index, channel] of channels.entries()) {
    assert.ok(channel.sent.equals(Buffer.concat(expected[index] as Buffer[])), `receiver ${index} got other bytes`);
  }
}

test("buffers that a transport keeps are never written over, whatever comes later", () => {
  fc.assert(fc.property(fc.array(arbitraryStep, { maxLength: 60 }), checkSteps), { numRuns: 300 });
});
