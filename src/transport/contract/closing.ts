import assert from "node:assert/strict";
import { it } from "node:test";
import { fanOut, patterned } from "./packets.ts";
import { type Stream, turnsOver, type WireKind } from "./wire.ts";

/** The peer has broken the stream; where that shows as an end, the broker closes its side too. */
async function gone({ channel, owner }: Stream): Promise<void> {
  await owner.until(() => owner.closed + owner.ended > 0);
  if (owner.closed === 0) channel.destroy();
  await owner.until(() => owner.closed > 0);
}

/** How a stream ends, from either side. */
export function endsProperly(kind: WireKind): void {
  it("sends what there is before it closes our direction", async () => {
    await using wire = await kind.open();
    const { channel, peer } = await wire.connect();
    const packet = patterned(40_000, 1);
    fanOut(wire.turn, [channel], packet);
    channel.end();
    fanOut(wire.turn, [channel], patterned(10, 2));
    await peer.inbox.until(() => peer.inbox.ended);
    assert.ok(peer.inbox.bytes.equals(packet), "what is appended after end is not sent, what came before is");
  });

  it("closes our direction also where there is nothing to send", async () => {
    await using wire = await kind.open();
    const { channel, peer } = await wire.connect();
    channel.end();
    await peer.inbox.until(() => peer.inbox.ended);
    assert.equal(peer.inbox.length, 0);
  });

  it("throws away what the peer still sends after our end, and closes when it ends too", async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    channel.end();
    await peer.inbox.until(() => peer.inbox.ended);
    for (let count = 0; count < 20; count++) peer.send(patterned(100_000, count));
    peer.end();
    await owner.until(() => owner.closed > 0);
    assert.deepEqual([owner.length, owner.cause], [0, null]);
  });

  it("ends also a channel whose input was paused", async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    channel.pause();
    peer.send(patterned(200_000, 1));
    await turnsOver();
    channel.end();
    await peer.inbox.until(() => peer.inbox.ended);
    peer.end();
    await owner.until(() => owner.closed > 0);
  });

  const halfCloses = kind.halfCloses !== false;
  it("reports the peer's end after its bytes, and still sends the replies", { skip: !halfCloses }, async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    peer.send(patterned(300_000, 1));
    peer.end();
    await owner.until(() => owner.ended > 0);
    assert.equal(owner.length, 300_000);
    const reply = patterned(200_000, 2);
    fanOut(wire.turn, [channel], reply.subarray(0, 1000));
    fanOut(wire.turn, [channel], reply.subarray(1000));
    channel.end();
    await owner.until(() => owner.closed > 0);
    await peer.inbox.until(() => peer.inbox.ended);
    assert.ok(peer.inbox.bytes.equals(reply));
    assert.equal(owner.ended, 1);
  });

  it("reports the peer's end only when input goes on, not while it is paused", { skip: !halfCloses }, async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    owner.onReceived = () => channel.pause();
    peer.send(patterned(100, 1));
    peer.end();
    await owner.until(() => owner.length === 100);
    for (let count = 0; count < 5; count++) await turnsOver();
    assert.equal(owner.ended, 0);
    owner.onReceived = () => {};
    channel.resume();
    await owner.until(() => owner.ended > 0);
    assert.equal(owner.length, 100);
  });

  it("closes at once where it is destroyed, and says so in a later turn", async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    channel.destroy();
    assert.equal(owner.closed, 0);
    await owner.until(() => owner.closed > 0);
    await peer.inbox.until(() => peer.inbox.ended);
    assert.equal(owner.cause, null);
  });

  it("takes no harm from what is appended to a channel that is gone", async () => {
    await using wire = await kind.open();
    const stream = await wire.connect();
    const { channel, owner, peer } = stream;
    peer.destroy();
    await gone(stream);
    for (const size of [10, 20, 100_000]) fanOut(wire.turn, [channel], patterned(size, 1));
    channel.end();
    channel.destroy();
    await turnsOver();
    assert.deepEqual([owner.closed, owner.afterClosed], [1, 0]);
  });

  it("calls nothing after it has said that the stream is over", async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    owner.onReceived = () => channel.destroy();
    peer.stopReading();
    for (let count = 0; count < 100; count++) fanOut(wire.turn, [channel], patterned(100_000, count));
    for (let count = 0; count < 10; count++) peer.send(patterned(100_000, count));
    peer.end();
    await owner.until(() => owner.closed > 0);
    peer.goOnReading();
    await peer.inbox.until(() => peer.inbox.ended);
    await turnsOver();
    assert.deepEqual([owner.closed, owner.afterClosed], [1, 0]);
  });

  it("leaves open channels alone when the listener closes", async () => {
    await using wire = await kind.open();
    const { channel, owner, peer } = await wire.connect();
    await wire.closeListener();
    peer.send(patterned(100, 1));
    await owner.until(() => owner.length === 100);
    fanOut(wire.turn, [channel], patterned(50, 2));
    await peer.inbox.until(() => peer.inbox.length === 50);
    assert.equal(owner.closed, 0);
  });

  it("stands a crowd whose streams break under a fan-out", async () => {
    await using wire = await kind.open();
    const crowd = kind.variant === true ? 240 : 1200;
    const streams = [];
    for (let count = 0; count < crowd; count++) streams.push(await wire.connect());
    const survivors = streams.filter((_, index) => index % 100 === 0);
    const channels = streams.map(({ channel }) => channel);
    for (const [index, { peer }] of streams.entries()) {
      if (index % 100 !== 0) peer.destroy();
      if (index % 40 === 0) fanOut(wire.turn, channels, patterned(200, index));
      if (index % 200 === 0) await turnsOver();
    }
    const packets = Array.from({ length: crowd / 40 }, (_, index) => patterned(200, index * 40));
    const whole = Buffer.concat(packets);
    for (const { peer } of survivors) await peer.inbox.until(() => peer.inbox.length >= whole.length);
    assert.ok(survivors.every(({ peer }) => peer.inbox.bytes.equals(whole)));
    const broken = streams.filter((stream) => !survivors.includes(stream));
    for (const stream of broken) await gone(stream);
    assert.ok(streams.every(({ owner }) => owner.afterClosed === 0));
  });
}
