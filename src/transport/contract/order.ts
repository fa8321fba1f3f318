import assert from "node:assert/strict";
import { it } from "node:test";
import { countWrites, fanOut, patterned } from "./packets.ts";
import { turnsOver, type WireKind } from "./wire.ts";

/** Bytes arrive whole, in order, and with one write per channel and turn. */
export function keepsOrder(kind: WireKind): void {
  it("brings the peer's bytes in order and whole, however they are cut", async () => {
    await using wire = await kind.open();
    const { owner, peer } = await wire.connect();
    const sent: Buffer[] = [];
    for (const [seed, size] of [1, 2, 1, 60_000, 3, 70_000, 1, 5000].entries()) {
      const piece = patterned(size, seed);
      sent.push(piece);
      peer.send(piece);
      if (seed % 3 === 0) await turnsOver();
    }
    const whole = Buffer.concat(sent);
    await owner.until(() => owner.length >= whole.length);
    assert.ok(owner.received.equals(whole));
  });

  it("brings bytes that come one by one", async () => {
    await using wire = await kind.open();
    const { owner, peer } = await wire.connect();
    const whole = patterned(300, 7);
    for (let at = 0; at < whole.length; at++) {
      peer.send(whole.subarray(at, at + 1));
      await owner.until(() => owner.length === at + 1);
    }
    assert.ok(owner.received.equals(whole));
  });

  it("brings one packet of 1 MB and more whole, in both directions", async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    const packet = patterned(1_500_000, 3);
    peer.send(packet);
    await owner.until(() => owner.length >= packet.length);
    assert.ok(owner.received.equals(packet));
    fanOut(wire.turn, [channel], packet);
    await peer.inbox.until(() => peer.inbox.length >= packet.length);
    assert.ok(peer.inbox.bytes.equals(packet));
  });

  it("gathers the output of a turn in one write, in the order in which it was appended", async () => {
    await using wire = await kind.open();
    const [one, two] = [await wire.connect(), await wire.connect()];
    const counters = [countWrites(one.channel, wire.sink), countWrites(two.channel, wire.sink)];
    const expected: [Buffer[], Buffer[]] = [[], []];
    for (let index = 0; index < 50; index++) {
      const packet = patterned(5 + (index % 70), index);
      // Now for one, now for the other, now for both: neither's output is one stretch.
      if (index % 3 !== 1) expected[0].push(packet);
      if (index % 3 !== 2) expected[1].push(packet);
      const channels = index % 3 === 0 ? [one.channel, two.channel] : [index % 3 === 1 ? two.channel : one.channel];
      fanOut(wire.turn, channels, packet);
    }
    for (const [index, { peer }] of [one, two].entries()) {
      const whole = Buffer.concat(expected[index] as Buffer[]);
      await peer.inbox.until(() => peer.inbox.length >= whole.length);
      assert.ok(peer.inbox.bytes.equals(whole));
      assert.equal(counters[index]?.count, 1);
    }
  });

  it("writes once more in a later turn, and nothing in a turn without output", async () => {
    await using wire = await kind.open();
    const { channel, peer } = await wire.connect();
    const counter = countWrites(channel, wire.sink);
    for (let turn = 0; turn < 3; turn++) {
      fanOut(wire.turn, [channel], patterned(10, turn));
      await turnsOver();
      await turnsOver();
    }
    await peer.inbox.until(() => peer.inbox.length === 30);
    assert.equal(counter.count, 3);
  });

  it("keeps the order of small packets and packets that are too large for the arena", async () => {
    await using wire = await kind.open();
    const { channel, peer } = await wire.connect();
    const packets = [10, 100_000, 20, 30, 65_536, 65_537, 7, 300_000, 300_000, 1].map(patterned);
    for (const packet of packets) fanOut(wire.turn, [channel], packet);
    const whole = Buffer.concat(packets);
    await peer.inbox.until(() => peer.inbox.length >= whole.length);
    assert.ok(peer.inbox.bytes.equals(whole));
  });

  it("sends each receiver of a fan-out every packet", async () => {
    await using wire = await kind.open();
    const streams = [];
    for (let count = 0; count < 30; count++) streams.push(await wire.connect());
    const channels = streams.map(({ channel }) => channel);
    const packets = Array.from({ length: 40 }, (_, index) => patterned(100 + index, index));
    for (const packet of packets) fanOut(wire.turn, channels, packet);
    const whole = Buffer.concat(packets);
    for (const { peer } of streams) {
      await peer.inbox.until(() => peer.inbox.length >= whole.length);
      assert.ok(peer.inbox.bytes.equals(whole));
    }
  });

  it("keeps order and content where one turn brings more than the arena holds", async () => {
    await using wire = await kind.open();
    const streams = [await wire.connect(), await wire.connect()];
    const channels = streams.map(({ channel }) => channel);
    const packets = Array.from({ length: 220 }, (_, index) => patterned(30_000 + index, index));
    for (const [index, packet] of packets.entries()) {
      fanOut(wire.turn, index % 5 === 0 ? channels.slice(0, 1) : channels, packet);
    }
    const wholes = [packets, packets.filter((_, index) => index % 5 !== 0)].map((list) => Buffer.concat(list));
    for (const [index, { peer }] of streams.entries()) {
      const whole = wholes[index] as Buffer;
      await peer.inbox.until(() => peer.inbox.length >= whole.length);
      assert.ok(peer.inbox.bytes.equals(whole));
    }
  });
}
