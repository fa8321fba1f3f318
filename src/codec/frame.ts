import { ProtocolError, ReasonCode } from "../protocol/mod.ts";

/**
 * What receives framed packets: a connection. The fields are the connection's own, so that framing keeps no object
 * per connection.
 */
export interface FrameTarget {
  /** The beginning of a packet whose end has not arrived, or bytes behind a packet that parked the target. */
  partial: PartialFrame | null;
  /** Largest packet accepted, in bytes, fixed header included (MQTT 5.0 section 3.1.2.11.4). */
  readonly packetSizeMax: number;
  /**
   * One whole packet: `first` is its first byte, the body (variable header and payload) is `bytes[start..end)`.
   * The bytes are valid until this returns. Answers false to stop: what follows is kept in `partial`.
   */
  onFrame(first: number, bytes: Buffer, start: number, end: number): boolean;
}

/** Bytes kept between two reads. Grows with what has arrived, never with what a header announced. */
export class PartialFrame {
  bytes: Buffer;
  length: number;

  constructor(bytes: Buffer, start: number, end: number, total: number) {
    this.length = end - start;
    // Twice what is there, or the whole packet where that is less: a 1 MB packet is copied O(log n) times, and a
    // client that announces 256 MB and sends ten bytes costs twenty.
    this.bytes = Buffer.allocUnsafeSlow(Math.max(Math.min(total, this.length * 2), this.length));
    bytes.copy(this.bytes, 0, start, end);
  }

  append(bytes: Buffer, start: number, end: number, total: number): void {
    const length = this.length + (end - start);
    if (length > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, Math.min(total, length * 2)));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    bytes.copy(this.bytes, this.length, start, end);
    this.length = length;
  }
}

const incomplete = 0;

/**
 * Length of the packet that begins at `at`, fixed header included, or 0 while the header itself is incomplete.
 * Judged before any of the body is kept.
 * @throws ProtocolError 0x81 on a fifth length byte, 0x95 above `packetSizeMax`
 */
function packetLength(bytes: Buffer, at: number, end: number, packetSizeMax: number): number {
  let remaining = 0;
  let shift = 0;
  for (let next = at + 1; next < end; next++) {
    const byte = bytes[next] as number;
    remaining |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      // [MQTT-1.5.5-1] The encoding is the shortest one: no padding with zero bytes.
      if (byte === 0 && shift > 0) {
        throw new ProtocolError(ReasonCode.malformedPacket, "MQTT-1.5.5-1", "the remaining length is not minimal");
      }
      const total = next + 1 - at + remaining;
      // [MQTT-3.2.2-15]
      if (total > packetSizeMax) {
        throw new ProtocolError(
          ReasonCode.packetTooLarge,
          "MQTT-3.2.2-15",
          `a packet of ${total} bytes, the maximum is ${packetSizeMax}`,
        );
      }
      return total;
    }
    shift += 7;
    if (shift > 21) {
      throw new ProtocolError(ReasonCode.malformedPacket, "MQTT-1.5.5-1", "the remaining length has a fifth byte");
    }
  }
  return incomplete;
}

/** Start of the body of the packet at `at`, whose header is known to be complete. */
function bodyStart(bytes: Buffer, at: number): number {
  let next = at + 1;
  while ((bytes[next] as number) >= 0x80) next++;
  return next + 1;
}

/** Hands over every whole packet in `bytes[start..end)`; the number of bytes used, and whether the target goes on. */
function frames(target: FrameTarget, bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const length = packetLength(bytes, at, end, target.packetSizeMax);
    if (length === incomplete || length > end - at) break;
    const next = at + length;
    if (!target.onFrame(bytes[at] as number, bytes, bodyStart(bytes, at), next)) return -next;
    at = next;
  }
  return at;
}

/** What the packet in `bytes[start..end)` will need in all, or what is there if its header is incomplete. */
function totalOf(target: FrameTarget, bytes: Buffer, start: number, end: number): number {
  return Math.max(packetLength(bytes, start, end, target.packetSizeMax), end - start);
}

/**
 * Feeds received bytes to a target, cut into packets. Where the target stops (`onFrame` answers false) the rest is
 * kept and `resume` goes on with it.
 * @throws ProtocolError what the header or `onFrame` throws; the stream cannot be used afterwards
 */
export function feed(target: FrameTarget, bytes: Buffer, start: number, end: number): void {
  const partial = target.partial;
  if (partial === null) {
    const used = frames(target, bytes, start, end);
    const at = Math.abs(used);
    if (at >= end) return;
    const total = used < 0 ? end - at : totalOf(target, bytes, at, end);
    target.partial = new PartialFrame(bytes, at, end, total);
    return;
  }
  // Only as much as the one packet needs goes through the copy; what is behind it is read where it lies.
  let at = start;
  while (at < end) {
    const length = packetLength(partial.bytes, 0, partial.length, target.packetSizeMax);
    const wanted = length === incomplete ? 1 : length - partial.length;
    const take = Math.min(wanted, end - at);
    partial.append(bytes, at, at + take, length);
    at += take;
    if (length === incomplete || take < wanted) continue;
    target.partial = null;
    const whole = partial.bytes;
    const on = target.onFrame(whole[0] as number, whole, bodyStart(whole, 0), length);
    if (!on) {
      if (at < end) target.partial = new PartialFrame(bytes, at, end, end - at);
    } else if (at < end) {
      feed(target, bytes, at, end);
    }
    return;
  }
  // A packet without a body is complete with its second byte.
  finishHeaderOnly(target, partial);
}

function finishHeaderOnly(target: FrameTarget, partial: PartialFrame): void {
  const length = packetLength(partial.bytes, 0, partial.length, target.packetSizeMax);
  if (length === incomplete || length > partial.length) return;
  target.partial = null;
  target.onFrame(partial.bytes[0] as number, partial.bytes, bodyStart(partial.bytes, 0), length);
}

/** Keeps bytes for a target that has stopped, without looking at them. */
export function keep(target: FrameTarget, bytes: Buffer, start: number, end: number): void {
  if (start >= end) return;
  if (target.partial === null) target.partial = new PartialFrame(bytes, start, end, end - start);
  else target.partial.append(bytes, start, end, target.partial.length + end - start);
}

/** Goes on with what was kept when the target stopped. */
export function resume(target: FrameTarget): void {
  const rest = target.partial;
  if (rest === null) return;
  target.partial = null;
  feed(target, rest.bytes, 0, rest.length);
}
