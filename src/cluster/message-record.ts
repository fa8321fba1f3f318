import { copyForwarded, PublishFrame } from "../codec/mod.ts";
import { type Qos, topicName } from "../protocol/mod.ts";
import type { Topic, TopicTable } from "../router/mod.ts";
import { LivePublication, type Publication } from "../store/mod.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { PublisherNames } from "./publisher-names.ts";

// A message in a batch
//
//   flags       QoS in the low two bits, 4: RETAIN, 8: expires
//   expiry      4 bytes seconds, 4 bytes milliseconds since it was received; only if it expires
//   topic       length(2) bytes
//   publisher   length(2) bytes: its client id
//   properties  length(4) bytes: those that are forwarded, as they stand in a PUBLISH
//   payload     length(4) bytes
//
// Clocks of different shards do not agree, so its age is sent and not the time of its arrival.

const retainFlag = 4;
const expiryFlag = 8;
const wordMax = 0xffff_ffff;

/** Writes a message at the end of the batch. @param now monotonic milliseconds of this shard */
export function writeMessage(writer: BatchWriter, publication: Publication, now: number): void {
  const { messageExpiryInterval: expiry, payloadStart, payloadEnd } = publication;
  writer.byte(publication.qos | (publication.retain ? retainFlag : 0) | (expiry >= 0 ? expiryFlag : 0));
  if (expiry >= 0) {
    writer.word(expiry);
    writer.word(Math.min(wordMax, Math.max(0, Math.floor(now - publication.receivedAt))));
  }
  const topic = publication.topic.bytes;
  writer.short(topic.length);
  writer.copy(topic, 0, topic.length);
  writer.text(publication.publisherId);
  const properties = publication.propertiesEnd - publication.propertiesStart;
  writer.reserve(8 + properties + payloadEnd - payloadStart);
  const lengthAt = writer.at;
  writer.at = copyForwarded(writer.bytes, lengthAt + 4, publication);
  writer.bytes.writeUInt32LE(writer.at - lengthAt - 4, lengthAt);
  writer.word(payloadEnd - payloadStart);
  writer.copy(publication.bytes, payloadStart, payloadEnd);
}

/** Reads messages out of batches into one object that is filled anew for each, as a received PUBLISH is. */
export class MessageReader {
  /** The message read last; points into the batch. */
  readonly publication: LivePublication = new LivePublication({ name: topicName("-"), bytes: Buffer.from("-") });
  readonly #topics: TopicTable;
  readonly #frame = new PublishFrame();
  readonly #names = new PublisherNames();

  constructor(topics: TopicTable) {
    this.#topics = topics;
  }

  /** Reads the next message and answers its topic. @param now monotonic milliseconds of this shard */
  read(reader: BatchReader, now: number): Topic {
    const frame = this.#frame;
    const { bytes } = reader;
    const flags = reader.byte();
    frame.bytes = bytes;
    frame.qos = (flags & 3) as Qos;
    frame.retain = (flags & retainFlag) !== 0;
    frame.messageExpiryInterval = -1;
    frame.aliasAt = -1;
    frame.expiryAt = -1;
    let receivedAt = now;
    if ((flags & expiryFlag) !== 0) {
      frame.messageExpiryInterval = reader.word();
      receivedAt = now - reader.word();
    }
    const topicSize = reader.short();
    const topicStart = reader.skip(topicSize);
    const nameSize = reader.short();
    const nameStart = reader.skip(nameSize);
    const propertiesSize = reader.word();
    frame.propertiesStart = reader.skip(propertiesSize);
    frame.propertiesEnd = reader.at;
    const payloadSize = reader.word();
    frame.payloadStart = reader.skip(payloadSize);
    frame.payloadEnd = reader.at;
    const topic = this.#topics.find(bytes, topicStart, topicStart + topicSize);
    const publisherId = this.#names.find(bytes, nameStart, nameStart + nameSize);
    this.publication.fill(frame, topic, publisherId, receivedAt);
    return topic;
  }
}
