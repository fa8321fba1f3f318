import assert from "node:assert/strict";
import { it } from "node:test";
import { collectGarbage } from "../../../test/kit/collect-garbage.ts";
import { SeededRandom } from "../../base/mod.ts";
import { drainReportedAbove } from "../mod.ts";
import { fanOut, patterned } from "./packets.ts";
import { type Stream, turnsOver, type Wire, type WireKind } from "./wire.ts";

/** Sends to a peer that does not read until the system takes no more; answers what was sent. */
async function stall(wire: Wire, { channel, peer }: Stream, atLeast: number): Promise<Buffer[]> {
  const sent: Buffer[] = [];
  peer.stopReading();
  await turnsOver();
  while (channel.waitingBytes <= atLeast) {
    const packet = patterned(50_000, sent.length);
    sent.push(packet);
    fanOut(wire.turn, [channel], packet);
    await turnsOver();
  }
  return sent;
}

/** What holds for a peer that does not read, or reads slowly. */
export function bearsSlowPeers(kind: WireKind): void {
  it("counts what a peer does not take, and reports when all of it has gone out", async () => {
    await using wire = await kind.open();
    const stream = await wire.connect();
    const sent = await stall(wire, stream, drainReportedAbove * 3);
    assert.equal(stream.owner.drained, 0);
    stream.peer.goOnReading();
    await stream.owner.until(() => stream.owner.drained > 0);
    assert.equal(stream.channel.waitingBytes, 0);
    const whole = Buffer.concat(sent);
    await stream.peer.inbox.until(() => stream.peer.inbox.length >= whole.length);
    assert.ok(stream.peer.inbox.bytes.equals(whole));
    assert.equal(stream.owner.drained, 1);
  });

  it("sends what waits and then closes, where it is ended while the peer does not read", async () => {
    await using wire = await kind.open();
    const stream = await wire.connect();
    const sent = await stall(wire, stream, drainReportedAbove);
    stream.channel.end();
    await turnsOver();
    assert.equal(stream.peer.inbox.ended, false);
    stream.peer.goOnReading();
    await stream.peer.inbox.until(() => stream.peer.inbox.ended);
    assert.ok(stream.peer.inbox.bytes.equals(Buffer.concat(sent)));
  });

  it("holds little more for a stalled peer than the bytes that wait", async () => {
    await using wire = await kind.open();
    const stream = await wire.connect();
    await stall(wire, stream, 0);
    const waiting = stream.channel.waitingBytes;
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 500; count++) {
      fanOut(wire.turn, [stream.channel], patterned(100, count));
      await turnsOver();
    }
    collectGarbage();
    const grown = process.memoryUsage().arrayBuffers - before;
    const counted = stream.channel.waitingBytes - waiting;
    assert.ok(counted >= 50_000 && counted <= 50_000 + 500 * (kind.framingBytes ?? 0), `${counted} bytes wait`);
    // A chunk of the arena for each turn would be 32 MB.
    assert.ok(grown < 2_000_000, `${grown} bytes are held for 50,000 that wait`);
  });

  it("delivers nothing while input is paused, and all of it later", async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    peer.send(patterned(10, 0));
    await owner.until(() => owner.length === 10);
    channel.pause();
    await turnsOver();
    const pieces = Array.from({ length: 30 }, (_, index) => patterned(20_000, index));
    for (const piece of pieces) peer.send(piece);
    await turnsOver();
    await turnsOver();
    // One read may have been on its way.
    assert.ok(owner.length <= 10 + 65_536);
    channel.resume();
    await owner.until(() => owner.length >= 600_010);
    assert.ok(owner.received.equals(Buffer.concat([patterned(10, 0), ...pieces])));
  });

  it("delivers nothing to who pauses a channel when it is accepted, and all of it later", async () => {
    await using wire = await kind.open();
    wire.onAccepted = (channel) => channel.pause();
    const { channel, owner, peer } = await wire.connect();
    const bytes = patterned(1000, 0);
    peer.send(bytes);
    await turnsOver();
    await turnsOver();
    assert.equal(owner.length, 0);
    channel.resume();
    await owner.until(() => owner.length >= 1000);
    assert.ok(owner.received.equals(bytes));
  });

  it("never writes over what a slow peer has still to get", async () => {
    for (const seed of kind.variant === true ? [1] : [1, 2, 3, 4]) await mixSpeeds(kind, seed);
  });
}

/**
 * Random output to a fast peer, a stalled one and one that stops and goes; each has to get exactly what it was sent.
 */
async function mixSpeeds(kind: WireKind, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  await using wire = await kind.open();
  const streams = [await wire.connect(), await wire.connect(), await wire.connect()];
  const expected: Buffer[][] = [
    [],
    await stall(wire, streams[1] as Stream, 0),
    await stall(wire, streams[2] as Stream, 0),
  ];
  for (let step = 0; step < 600; step++) {
    const size = [1, 40, 400, 5000, 20_000, 66_000][random.below(6)] as number;
    const packet = patterned(size, seed * 1000 + step);
    const wanted = 1 + random.below(7);
    const receivers = streams.filter((_, index) => (wanted & (1 << index)) !== 0);
    for (const stream of receivers) (expected[streams.indexOf(stream)] as Buffer[]).push(packet);
    fanOut(
      wire.turn,
      receivers.map(({ channel }) => channel),
      packet,
    );
    if (random.below(3) === 0) await turnsOver();
    if (random.below(20) === 0) streams[2]?.peer.goOnReading();
    else if (random.below(10) === 0) streams[2]?.peer.stopReading();
  }
  for (const [index, { peer }] of streams.entries()) {
    const whole = Buffer.concat(expected[index] as Buffer[]);
    peer.goOnReading();
    await peer.inbox.until(() => peer.inbox.length >= whole.length);
    assert.ok(peer.inbox.bytes.equals(whole), `seed ${seed}: receiver ${index} got other bytes`);
  }
}
