import { encodePublish, PublishHead, publishSize } from "../codec/mod.ts";
import { PacketType, type ProtocolVersion } from "../protocol/mod.ts";
import { SendResult, type Statistics } from "../session/mod.ts";
import type { Publication } from "../store/mod.ts";
import { type Channel, chunkBytes, type Turn } from "../transport/mod.ts";

/** What of a PUBLISH depends on its receiver. Reused: filled by the connection before each `send`. */
export class PublishTarget {
  version: ProtocolVersion = 4;
  /** Largest packet that the client takes, in bytes. */
  packetSizeMax = 0;
  /** The low four bits of the fixed header. */
  flags = 0;
  packetId = 0;
  /** 0: none. */
  topicAlias = 0;
  /** True if the client knows the alias already, so that the topic is left out. */
  aliasKnown = false;
  identifiers: readonly number[] | null = null;
}

/** A PUBLISH as it was last encoded for one protocol version. */
class Encoded {
  publication: Publication | null = null;
  serial = -1;
  epoch = -1;
  flags = 0;
  packetId = 0;
  topicAlias = 0;
  aliasKnown = false;
  offset = 0;
  size = 0;
  /** The packet by itself where it does not fit the arena. */
  owned: Buffer | null = null;
}

const noTopic = Buffer.alloc(0);

/**
 * Encodes PUBLISH packets, once for all subscribers that get the same bytes: a fan-out encodes one packet and appends
 * the same stretch of the arena to every channel. Packet identifiers are part of the bytes; subscribers that received
 * the same messages so far have the same ones, so they share too.
 */
export class PublishWriter {
  readonly target: PublishTarget = new PublishTarget();
  readonly #turn: Turn;
  readonly #statistics: Statistics;
  readonly #head = new PublishHead();
  readonly #v3 = new Encoded();
  readonly #v5 = new Encoded();

  constructor(turn: Turn, statistics: Statistics) {
    this.#turn = turn;
    this.#statistics = statistics;
  }

  /** Appends the publication, in the form that {@link target} says, to what the channel sends. */
  send(channel: Channel, publication: Publication): SendResult {
    const target = this.target;
    const encoded = target.version === 5 ? this.#v5 : this.#v3;
    if (!this.#matches(encoded, publication)) this.#encode(encoded, publication);
    if (encoded.size > target.packetSizeMax) return SendResult.tooLarge;
    this.#statistics.bytesSent += encoded.size;
    const sent = this.#statistics.packetsSent;
    sent[PacketType.publish] = (sent[PacketType.publish] as number) + 1;
    if (encoded.owned !== null) this.#turn.appendOwned(channel, encoded.owned);
    else this.#turn.append(channel, encoded.offset, encoded.size);
    return SendResult.sent;
  }

  #matches(encoded: Encoded, publication: Publication): boolean {
    const target = this.target;
    return (
      encoded.publication === publication &&
      encoded.serial === publication.serial &&
      encoded.epoch === this.#turn.epoch &&
      encoded.flags === target.flags &&
      encoded.packetId === target.packetId &&
      encoded.topicAlias === target.topicAlias &&
      encoded.aliasKnown === target.aliasKnown &&
      target.identifiers === null
    );
  }

  #encode(encoded: Encoded, publication: Publication): void {
    const target = this.target;
    const head = this.#head;
    const flags = target.flags;
    head.version = target.version;
    head.qos = ((flags >> 1) & 3) as 0 | 1 | 2;
    head.dup = (flags & 8) !== 0;
    head.retain = (flags & 1) !== 0;
    head.packetId = target.packetId;
    head.topic = target.aliasKnown ? noTopic : publication.topic.bytes;
    head.topicAlias = target.topicAlias;
    head.messageExpiryInterval = publication.messageExpiryInterval < 0 ? -1 : publication.secondsLeft(this.#turn.now);
    head.subscriptionIdentifiers = target.identifiers;
    const size = publishSize(head, publication);
    encoded.size = size;
    encoded.owned = null;
    // Packets with identifiers are the receiver's own: they are never found again.
    encoded.publication = target.identifiers === null ? publication : null;
    if (size > target.packetSizeMax) {
      encoded.publication = null;
      return;
    }
    if (size > chunkBytes) {
      encoded.owned = Buffer.allocUnsafeSlow(size);
      encodePublish(encoded.owned, 0, head, publication);
    } else {
      encoded.offset = this.#turn.reserve(size);
      encodePublish(this.#turn.bytes, this.#turn.at, head, publication);
    }
    encoded.serial = publication.serial;
    encoded.epoch = this.#turn.epoch;
    encoded.flags = flags;
    encoded.packetId = target.packetId;
    encoded.topicAlias = target.topicAlias;
    encoded.aliasKnown = target.aliasKnown;
  }
}
