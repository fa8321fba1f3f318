import { assert } from "../base/mod.ts";
import type { Channel } from "./channel.ts";

const chunkBits = 16;
/** Bytes of one chunk of the output arena; a packet that fits goes through the arena, a larger one by itself. */
export const chunkBytes: number = 1 << chunkBits;
const chunkMask = chunkBytes - 1;
const chunksMax = 64;
/** Records of one turn: beyond, everything is written early. */
const recordsMax = 1 << 19;
/** Numbers per record: start, end, next. */
const recordSize = 3;

/** Inputs, handed over one at a time, after which what there is to send leaves. */
const inputsMax = 32;

/** Milliseconds after which a turn takes up no more work of the kind that can wait. */
const longTurnMilliseconds = 3;

/** Sends the output of many channels with one call: the native transport. */
export interface TurnSink {
  /** Chunk `index` of the arena is this buffer from now on. */
  useChunk(index: number, chunk: Buffer): void;
  /** Takes the records of a channel, `total` bytes, from `first` on. True: full, {@link send} must follow. */
  add(slot: number, first: number, total: number): boolean;
  /** Sends what was added: when this returns, the arena may be written over. */
  send(records: Int32Array): void;
}

/**
 * What a loop sends in one turn, and when (ARCHITECTURE.md "The turn").
 *
 * Goal: one write per channel and turn, nothing allocated per message.
 *
 * Terms: the *arena* is a few chunks of 64 KB in which packets are encoded; an *offset* counts through all of them. A
 * *record* is a stretch of the arena that one channel shall send; a channel's records form a list.
 *
 *     arena    | pkt A | pkt B | ack 1 | pkt C | ...
 *                ^^^^^^^^^^^^^   ^^^^^           one record each: B follows A directly, so the two are one stretch
 *     channel  first ----------> last
 *
 * Rules: (1) a stretch that goes on where the channel's last one ended lengthens it, so a fan-out of n messages to m
 * channels is m records, and all of them are written in place from the same bytes; (2) only a channel with several
 * records is gathered by copying; a sink does both in one call for all its channels; (3) when the arena is full
 * everything is written early, and `epoch` tells those who keep offsets that theirs have died.
 */
export class Turn {
  /** The chunk that {@link reserve} last gave room in. */
  bytes: Buffer;
  /** Index in {@link bytes} of the room that {@link reserve} last gave. */
  at = 0;
  /** Changes whenever the arena is emptied: offsets from another epoch are void. */
  epoch = 0;
  /** Runs once at the end of each turn before the output is written: releases acknowledgements, posts batches. */
  onEnd: () => void = () => {};
  /** Runs before output leaves while the turn goes on: what it acknowledges is handed on to the other shards first. */
  onEarly: () => void = () => {};
  #scheduled = false;
  #again = false;
  #inputs = 0;
  #now = -1;
  readonly #clock: () => number;
  readonly #schedule: (run: () => void) => void;
  readonly #sink: TurnSink | null;
  readonly #finish = (): void => this.#end();
  readonly #chunks: Buffer[] = [];
  readonly #pinned: boolean[] = [];
  #chunk = 0;
  #used = 0;
  #records = new Int32Array(1024 * recordSize);
  #recordCount = 0;
  /** Those with output, the first {@link #channelCount}. Never cut: it would be made anew from nothing each turn. */
  readonly #channels: (Channel | null)[] = [];
  #channelCount = 0;
  #slice: Buffer | null = null;
  #sliceStart = -1;
  #sliceEnd = -1;

  /**
   * @param clock monotonic milliseconds
   * @param schedule runs a function once when everything that has arrived was handled (`setImmediate`)
   * @param sink sends for channels that have a slot
   */
  constructor(clock: () => number, schedule: (run: () => void) => void, sink: TurnSink | null = null) {
    this.#clock = clock;
    this.#schedule = schedule;
    this.#sink = sink;
    this.bytes = this.#addChunk();
  }

  /** The time of this turn in whole monotonic milliseconds: read once, the same for all that happens in it. */
  get now(): number {
    if (this.#now < 0) {
      this.#now = Math.floor(this.#clock());
      this.begin();
    }
    return this.#now;
  }

  /** True when this turn has lasted {@link longTurnMilliseconds}: what can be put off is done in a later one. */
  get isLong(): boolean {
    return this.#clock() - this.now >= longTurnMilliseconds;
  }

  /** Reads the clock again at the next look: for timers, which run in a time of their own. */
  refreshNow(): void {
    this.#now = -1;
  }

  /** Makes sure that the turn ends: called by all that may leave something to send or to commit. */
  begin(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(this.#finish);
  }

  /** Asks, during the end of a turn, for another turn: there is work that was put off so that others get theirs. */
  again(): void {
    this.#again = true;
    this.begin();
  }

  /** Room for `size` bytes, at most {@link chunkBytes}, at `bytes[at]`; answers its offset for {@link append}. */
  reserve(size: number): number {
    assert(size <= chunkBytes, "a packet larger than a chunk does not go through the arena");
    if (this.#recordCount > recordsMax) this.flush();
    if (this.#used + size > chunkBytes) this.#nextChunk();
    const at = this.#used;
    this.#used = at + size;
    this.at = at;
    return (this.#chunk << chunkBits) | at;
  }

  /** Gives back the last `size` bytes of the room that {@link reserve} gave last: so packets stand without gaps. */
  giveBack(size: number): void {
    this.#used -= size;
  }

  /** Lets the channel send the stretch of `size` bytes at `offset` of this epoch's arena. */
  append(channel: Channel, offset: number, size: number): void {
    if (channel.ending) return;
    const records = this.#records;
    const last = channel.outLast;
    channel.outBytes += size;
    if (last >= 0 && records[last + 1] === offset && (offset & chunkMask) !== 0) {
      records[last + 1] = offset + size;
      return;
    }
    const record = this.#addRecord(offset, offset + size);
    if (last >= 0) {
      this.#records[last + 2] = record;
    } else {
      channel.outFirst = record;
      this.#channels[this.#channelCount++] = channel;
      this.begin();
    }
    channel.outLast = record;
  }

  /** Lets the channel send a packet that does not fit the arena, behind what it has; the buffer is given away. */
  appendOwned(channel: Channel, bytes: Buffer): void {
    if (channel.ending) return;
    // At once: the turn's table knows stretches of the arena only, and a packet of this size is a write by itself.
    if (channel.outFirst >= 0) {
      this.#write(channel);
    } else {
      this.#channels[this.#channelCount++] = channel;
      this.begin();
    }
    channel.write(bytes);
  }

  /** The channel is to be looked at when the turn ends, although it may have nothing to send. */
  visit(channel: Channel): void {
    this.#channels[this.#channelCount++] = channel;
    this.begin();
  }

  /**
   * For transports that hand over one input at a time: of a thousand that come together the first is not answered when
   * the last was read, but while its connection is still in the processor's cache. The turn goes on.
   */
  inputDone(): void {
    if (++this.#inputs < inputsMax) return;
    this.onEarly();
    this.flush();
  }

  /** Sends at once what the sink was given, for what has to come behind it. */
  sendNow(): void {
    this.#sink?.send(this.#records);
  }

  /** Writes everything now and empties the arena. */
  flush(): void {
    this.#inputs = 0;
    const channels = this.#channels;
    // `write` and `afterTurn` call into the transport, which may report a closed channel and so append to others.
    for (let index = 0; index < this.#channelCount; index++) {
      const channel = channels[index] ?? null;
      // A full arena was flushed amid this.
      if (channel === null) continue;
      channels[index] = null;
      if (channel.outFirst >= 0) this.#write(channel);
      channel.afterTurn();
    }
    this.#channelCount = 0;
    this.#sink?.send(this.#records);
    this.#recordCount = 0;
    this.#slice = null;
    this.#sliceStart = -1;
    this.epoch++;
    for (let index = 0; index <= this.#chunk; index++) {
      // The transport still reads from a pinned chunk: it gets it for good.
      if (this.#pinned[index] === true) {
        this.#setChunk(index, Buffer.allocUnsafeSlow(chunkBytes));
        this.#pinned[index] = false;
      }
    }
    this.#chunk = 0;
    this.#used = 0;
    this.bytes = this.#chunks[0] as Buffer;
  }

  #end(): void {
    this.#again = false;
    this.onEnd();
    this.flush();
    this.#scheduled = false;
    this.#now = -1;
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- onEnd may have set it
    if (this.#again) this.begin();
  }

  #write(channel: Channel): void {
    const first = channel.outFirst;
    const start = this.#records[first] as number;
    const total = channel.outBytes;
    const single = first === channel.outLast;
    channel.outFirst = -1;
    channel.outLast = -1;
    channel.outBytes = 0;
    if (channel.slot >= 0 && this.#sink !== null) {
      if (this.#sink.add(channel.slot, first, total)) this.#sink.send(this.#records);
      return;
    }
    if (single) {
      const end = start + total;
      if (start !== this.#sliceStart || end !== this.#sliceEnd) {
        const at = start & chunkMask;
        this.#slice = (this.#chunks[start >> chunkBits] as Buffer).subarray(at, at + total);
        this.#sliceStart = start;
        this.#sliceEnd = end;
      }
      if (!channel.write(this.#slice as Buffer)) this.#pinned[start >> chunkBits] = true;
      return;
    }
    this.#gather(channel, first, total);
  }

  #gather(channel: Channel, first: number, total: number): void {
    let target: Buffer;
    let at = 0;
    let chunk = -1;
    if (total <= chunkBytes - this.#used) {
      target = this.#chunks[this.#chunk] as Buffer;
      at = this.#used;
      chunk = this.#chunk;
    } else {
      target = Buffer.allocUnsafe(total);
    }
    let next = at;
    for (let record = first; record >= 0; record = this.#records[record + 2] as number) {
      const start = this.#records[record] as number;
      const size = (this.#records[record + 1] as number) - start;
      const from = start & chunkMask;
      const source = this.#chunks[start >> chunkBits] as Buffer;
      if (size <= 32) for (let index = 0; index < size; index++) target[next + index] = source[from + index] as number;
      else source.copy(target, next, from, from + size);
      next += size;
    }
    // The room is not taken from the arena unless the transport keeps it: the next gathering writes over it.
    if (!channel.write(target.subarray(at, next)) && chunk >= 0) {
      this.#pinned[chunk] = true;
      this.#used = next;
    }
  }

  #addRecord(start: number, end: number): number {
    const record = this.#recordCount * recordSize;
    if (record >= this.#records.length) {
      const grown = new Int32Array(this.#records.length * 2);
      grown.set(this.#records);
      this.#records = grown;
    }
    this.#recordCount++;
    this.#records[record] = start;
    this.#records[record + 1] = end;
    this.#records[record + 2] = -1;
    return record;
  }

  #nextChunk(): void {
    if (this.#chunk + 1 === chunksMax) {
      this.flush();
      return;
    }
    this.#chunk++;
    this.#used = 0;
    this.bytes = this.#chunks[this.#chunk] ?? this.#addChunk();
  }

  #addChunk(): Buffer {
    const chunk = Buffer.allocUnsafeSlow(chunkBytes);
    this.#setChunk(this.#chunks.length, chunk);
    this.#pinned.push(false);
    return chunk;
  }

  #setChunk(index: number, chunk: Buffer): void {
    this.#chunks[index] = chunk;
    this.#sink?.useChunk(index, chunk);
  }
}
