import type { Channel, Turn, TurnSink } from "../mod.ts";
import { chunkBytes } from "../mod.ts";

/** Bytes that tell one packet from another: the seed decides all of them. */
export function patterned(size: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** Sends one packet to all channels the way the broker does: encoded once, appended to each. */
export function fanOut(turn: Turn, channels: readonly Channel[], packet: Buffer): void {
  if (packet.length > chunkBytes) {
    const owned = Buffer.from(packet);
    for (const channel of channels) turn.appendOwned(channel, owned);
    return;
  }
  const offset = turn.reserve(packet.length);
  packet.copy(turn.bytes, turn.at);
  for (const channel of channels) turn.append(channel, offset, packet.length);
}

/** Counts from now on how often the turn writes to a channel, or has the sink write for it. */
export function countWrites(channel: Channel, sink: TurnSink | null): { count: number } {
  const counter = { count: 0 };
  const write = channel.write.bind(channel);
  channel.write = (bytes) => {
    counter.count++;
    return write(bytes);
  };
  if (sink === null) return counter;
  const add = sink.add.bind(sink);
  sink.add = (slot, first, total) => {
    if (slot === channel.slot) counter.count++;
    return add(slot, first, total);
  };
  return counter;
}
