import { checkText, copyForwarded } from "../../codec/mod.ts";
import { type Qos, topicName } from "../../protocol/mod.ts";
import { Publication } from "../publication.ts";
import { damaged } from "./damaged.ts";
import { MessageBit, messageLayout as layout } from "./event-type.ts";

/** Bytes that {@link writeMessage} needs at most. */
export function messageBytesMax(publication: Publication): number {
  return (
    layout.topic +
    publication.topic.bytes.length +
    publication.publisherId.length * 3 +
    (publication.propertiesEnd - publication.propertiesStart) +
    (publication.payloadEnd - publication.payloadStart)
  );
}

/**
 * Writes a publication at `at`; answers where it ends.
 * @param arrived wall clock milliseconds of its arrival
 */
export function writeMessage(target: Buffer, at: number, publication: Publication, arrived: number): number {
  const { bytes: topic } = publication.topic;
  const expires = publication.messageExpiryInterval >= 0;
  target[at] = publication.qos | (publication.retain ? MessageBit.retain : 0) | (expires ? MessageBit.expires : 0);
  target.writeUInt32BE(expires ? publication.messageExpiryInterval : 0, at + layout.expiry);
  target.writeUIntBE(Math.max(0, Math.floor(arrived)), at + layout.arrived, 6);
  target.writeUInt16BE(topic.length, at + layout.topicLength);
  let next = at + layout.topic;
  target.set(topic, next);
  next += topic.length;
  const publisherLength = target.write(publication.publisherId, next, "utf8");
  target.writeUInt16BE(publisherLength, at + layout.publisherLength);
  next += publisherLength;
  const propertiesEnd = copyForwarded(target, next, publication);
  target.writeUInt32BE(propertiesEnd - next, at + layout.propertiesLength);
  const length = publication.payloadEnd - publication.payloadStart;
  publication.bytes.copy(target, propertiesEnd, publication.payloadStart, publication.payloadEnd);
  return propertiesEnd + length;
}

/** How messages are read. */
export interface MessageReading {
  /** Turns wall clock milliseconds into those of this process's monotonic clock. */
  readonly monotonicOf: (wall: number) => number;
  /** For many messages that are read at once and soon gone: they refer to the source. Null: each stands for itself. */
  readonly topics: LastTopic | null;
}

/** The topic of the message that was read last: the next one's is often the same. */
export class LastTopic {
  #topic: Publication["topic"] | null = null;

  /** The topic at `start`. @throws WorldError `store_damaged` */
  read(source: Buffer, start: number, end: number): Publication["topic"] {
    const last = this.#topic;
    if (last !== null && last.bytes.compare(source, start, end) === 0) return last;
    const { name, bytes } = topicOf(source, start, end);
    // Not a view of the source, of which it would keep the rest.
    this.#topic = { name, bytes: Buffer.from(bytes) };
    return this.#topic;
  }
}

/**
 * Reads a publication that ends at `end`.
 * @throws WorldError `store_damaged` if these are not the bytes of a message
 */
export function readMessage(
  source: Buffer,
  at: number,
  end: number,
  { monotonicOf, topics }: MessageReading,
): Publication {
  if (at + layout.topic > end) throw damaged("a message is cut off");
  const bits = source[at] as number;
  const topicStart = at + layout.topic;
  const topicEnd = topicStart + source.readUInt16BE(at + layout.topicLength);
  const publisherEnd = topicEnd + source.readUInt16BE(at + layout.publisherLength);
  const propertiesEnd = publisherEnd + source.readUInt32BE(at + layout.propertiesLength);
  if (propertiesEnd > end) throw damaged("a message is cut off");
  if ((bits & MessageBit.qos) === 3 || bits > 15) throw damaged("a message has unknown bits");
  const head = {
    qos: (bits & MessageBit.qos) as Qos,
    retain: (bits & MessageBit.retain) !== 0,
    messageExpiryInterval: (bits & MessageBit.expires) === 0 ? -1 : source.readUInt32BE(at + layout.expiry),
    receivedAt: monotonicOf(source.readUIntBE(at + layout.arrived, 6)),
    publisherId: source.toString("utf8", topicEnd, publisherEnd),
  };
  if (topics === null) {
    const topic = topicOf(source, topicStart, topicEnd);
    const properties = source.subarray(publisherEnd, propertiesEnd);
    return new Publication({ ...head, topic, properties, payload: source.subarray(propertiesEnd, end) });
  }
  const topic = topics.read(source, topicStart, topicEnd);
  const places = { propertiesStart: publisherEnd, propertiesEnd, payloadEnd: end };
  return new Publication({ ...head, topic, payload: null, bytes: source, ...places });
}

function topicOf(source: Buffer, start: number, end: number): Publication["topic"] {
  const bytes = source.subarray(start, end);
  try {
    checkText(source, start, end);
    return { name: topicName(bytes.toString("utf8")), bytes };
  } catch (error) {
    throw damaged("a message has an invalid topic", error);
  }
}
