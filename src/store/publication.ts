import { copyForwarded, type PublishBody, type PublishFrame } from "../codec/mod.ts";
import type { Qos, TopicName } from "../protocol/mod.ts";

/** The topic of a publication: its name, and its bytes as they stand in a PUBLISH. */
export interface PublicationTopic {
  readonly name: TopicName;
  readonly bytes: Buffer;
}

/** What a {@link Publication} is made of where it does not come out of a received PUBLISH. */
export interface PublicationParts {
  readonly topic: PublicationTopic;
  readonly payload: Uint8Array;
  /** Raw properties to forward, as `encodeForwardedProperties` makes them. */
  readonly properties: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Seconds, -1: does not expire. */
  readonly messageExpiryInterval: number;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
  /** Client id of the publisher, or an empty string where it is the server. */
  readonly publisherId: string;
}

/** The same where the bytes stand somewhere already, for a message that is soon gone: it shares them with others. */
export interface PublicationView extends Omit<PublicationParts, "payload" | "properties"> {
  readonly payload: null;
  readonly bytes: Buffer;
  readonly propertiesStart: number;
  /** The payload comes next. */
  readonly propertiesEnd: number;
  readonly payloadEnd: number;
}

/** Bytes that a kept publication is counted with besides its topic, properties and payload. */
const publicationOverhead = 300;

/**
 * A message on its way through us (MQTT 5.0 section 1.2, Application Message). It owns its bytes, never changes, and
 * is shared by all queues and the retained set that hold it.
 */
export class Publication implements PublishBody {
  topic: PublicationTopic;
  bytes: Buffer;
  propertiesStart: number;
  propertiesEnd: number;
  aliasAt: number;
  expiryAt: number;
  payloadStart: number;
  payloadEnd: number;
  qos: Qos;
  retain: boolean;
  messageExpiryInterval: number;
  receivedAt: number;
  publisherId: string;
  /** True if its topic's durability level keeps it beyond the process. */
  durable = true;
  /** Tells the messages apart that one {@link LivePublication} stands for, one after the other. */
  serial = 0;

  constructor(parts: PublicationParts | PublicationView) {
    if (parts.payload === null) {
      this.topic = parts.topic;
      this.bytes = parts.bytes;
      this.propertiesStart = parts.propertiesStart;
      this.propertiesEnd = parts.propertiesEnd;
      this.payloadStart = parts.propertiesEnd;
      this.payloadEnd = parts.payloadEnd;
    } else {
      const { topic, properties, payload } = parts;
      const topicEnd = topic.bytes.length;
      const propertiesEnd = topicEnd + properties.length;
      const bytes = Buffer.allocUnsafeSlow(propertiesEnd + payload.length);
      topic.bytes.copy(bytes, 0);
      properties.copy(bytes, topicEnd);
      bytes.set(payload, propertiesEnd);
      // Not the topic table's entry: what is kept would keep its route with it, and the sessions on that.
      this.topic = { name: topic.name, bytes: bytes.subarray(0, topicEnd) };
      this.bytes = bytes;
      this.propertiesStart = topicEnd;
      this.propertiesEnd = propertiesEnd;
      this.payloadStart = propertiesEnd;
      this.payloadEnd = bytes.length;
    }
    this.aliasAt = -1;
    this.expiryAt = -1;
    this.qos = parts.qos;
    this.retain = parts.retain;
    this.messageExpiryInterval = parts.messageExpiryInterval;
    this.receivedAt = parts.receivedAt;
    this.publisherId = parts.publisherId;
  }

  /** This message in a form that may be kept beyond the turn. */
  keep(): Publication {
    return this;
  }

  /** Bytes that keeping it costs, for the limits that count bytes. */
  get storedBytes(): number {
    return this.keptBytes;
  }

  /** The same, where `keep` was not asked for. */
  get keptBytes(): number {
    const properties =
      this.propertiesEnd - this.propertiesStart - (this.aliasAt < 0 ? 0 : 3) - (this.expiryAt < 0 ? 0 : 5);
    return this.topic.bytes.length + properties + this.payloadEnd - this.payloadStart + publicationOverhead;
  }

  /** True for a message without payload: as a retained one it deletes. */
  get isEmpty(): boolean {
    return this.payloadStart === this.payloadEnd;
  }

  /** Whole seconds that are left at `now`, 0 where it has expired, -1 where it does not expire (section 3.3.2.3.3). */
  secondsLeft(now: number): number {
    if (this.messageExpiryInterval < 0) return -1;
    return Math.max(0, this.messageExpiryInterval - Math.floor((now - this.receivedAt) / 1000));
  }

  /** The payload; a view, not a copy. */
  get payload(): Buffer {
    return this.bytes.subarray(this.payloadStart, this.payloadEnd);
  }
}

const noBytes = Buffer.alloc(0);

/**
 * The message that is being handled now: one object per shard, filled anew for each received PUBLISH and pointing
 * into the receive area. Whoever wants it longer than the call asks `keep()`, which copies once for all who ask.
 */
export class LivePublication extends Publication {
  #kept: Publication | null = null;

  constructor(topic: PublicationTopic) {
    super({
      topic,
      payload: noBytes,
      properties: noBytes,
      qos: 0,
      retain: false,
      messageExpiryInterval: -1,
      receivedAt: 0,
      publisherId: "",
    });
  }

  /** Points it at a received PUBLISH. */
  fill(frame: PublishFrame, topic: PublicationTopic, publisherId: string, now: number): void {
    this.#kept = null;
    this.serial++;
    this.topic = topic;
    this.bytes = frame.bytes;
    this.propertiesStart = frame.propertiesStart;
    this.propertiesEnd = frame.propertiesEnd;
    this.aliasAt = frame.aliasAt;
    this.expiryAt = frame.expiryAt;
    this.payloadStart = frame.payloadStart;
    this.payloadEnd = frame.payloadEnd;
    this.qos = frame.qos;
    this.retain = frame.retain;
    this.messageExpiryInterval = frame.messageExpiryInterval;
    this.receivedAt = now;
    this.publisherId = publisherId;
  }

  /** Sends the same message elsewhere, with another QoS or as another kind of message: it then counts as a new one. */
  redirect(topic: PublicationTopic, qos: Qos, retain: boolean): void {
    this.#kept = null;
    this.serial++;
    this.topic = topic;
    this.qos = qos;
    this.retain = retain;
  }

  override keep(): Publication {
    if (this.#kept !== null) return this.#kept;
    const properties = Buffer.allocUnsafe(this.propertiesEnd - this.propertiesStart);
    const length = copyForwarded(properties, 0, this);
    this.#kept = new Publication({
      topic: this.topic,
      payload: this.payload,
      properties: properties.subarray(0, length),
      qos: this.qos,
      retain: this.retain,
      messageExpiryInterval: this.messageExpiryInterval,
      receivedAt: this.receivedAt,
      publisherId: this.publisherId,
    });
    this.#kept.durable = this.durable;
    return this.#kept;
  }
}
