import { decodeForwardedProperties, encodeForwardedProperties } from "../codec/mod.ts";
import { isTopicName, noProperties, type Properties, type Qos, topicName } from "../protocol/mod.ts";
import { Publication } from "../store/mod.ts";
import type { Client } from "./hook-client.ts";
import type { Message } from "./hook-events.ts";

/**
 * A publication as hooks see and change it. What is not asked for is not made: the payload is copied and the properties
 * are read when a hook looks at them.
 *
 * The bytes of a publication that is being received live as long as the turn, so the message is either sealed when its
 * hooks have returned, or kept where one of them goes on later.
 */
export class HookMessage implements Message {
  readonly client: Client | null;
  #source: Publication | null;
  #topic: string | null = null;
  #payload: Buffer | null = null;
  #newPayload: Uint8Array | null = null;
  #properties: Readonly<Properties> | null = null;
  #newProperties: Readonly<Properties> | null = null;
  #qos: Qos;
  #retain: boolean;
  #changed = false;
  #bodyChanged = false;

  constructor(source: Publication, client: Client | null) {
    this.#source = source;
    this.client = client;
    this.#qos = source.qos;
    this.#retain = source.retain;
  }

  get publisherId(): string {
    return this.#read.publisherId;
  }

  get topic(): string {
    return this.#topic ?? this.#read.topic.name;
  }

  set topic(topic: string) {
    if (typeof topic !== "string" || !isTopicName(topic) || Buffer.byteLength(topic) > topicBytesMax) {
      throw new TypeError(`not a topic name: ${topic}`);
    }
    this.#topic = topic;
    this.#changed = true;
  }

  get payload(): Buffer {
    this.#payload ??= Buffer.from(this.#newPayload ?? this.#read.payload);
    return this.#payload;
  }

  set payload(payload: Uint8Array | string) {
    if (typeof payload !== "string" && !(payload instanceof Uint8Array))
      throw new TypeError("a payload is bytes or text");
    this.#newPayload = Buffer.from(payload as Uint8Array);
    this.#payload = null;
    this.#changed = true;
    this.#bodyChanged = true;
  }

  get payloadBytes(): number {
    const source = this.#read;
    return this.#newPayload === null ? source.payloadEnd - source.payloadStart : this.#newPayload.length;
  }

  get qos(): Qos {
    return this.#qos;
  }

  set qos(qos: Qos) {
    if (![0, 1, 2].includes(qos)) throw new TypeError(`not a QoS: ${String(qos)}`);
    this.#qos = qos;
    this.#changed = true;
  }

  get retain(): boolean {
    return this.#retain;
  }

  set retain(retain: boolean) {
    if (typeof retain !== "boolean") throw new TypeError("retain is true or false");
    this.#retain = retain;
    this.#changed = true;
  }

  get properties(): Readonly<Properties> {
    this.#properties ??= this.#newProperties ?? propertiesOf(this.#read);
    return this.#properties;
  }

  set properties(properties: Readonly<Properties>) {
    // Here rather than when the message goes on, so that the hook that set them is to blame.
    encodeForwardedProperties(properties);
    this.#newProperties = Object.freeze({ ...properties });
    this.#properties = null;
    this.#changed = true;
    this.#bodyChanged = true;
  }

  /** True if a hook has changed something. */
  get changed(): boolean {
    return this.#changed;
  }

  /** True if a hook has changed payload or properties: the bytes of the message, and not only where it goes. */
  get bodyChanged(): boolean {
    return this.#bodyChanged;
  }

  /** The hooks have returned: nobody may look any more. Messages that are kept stay open. */
  seal(): void {
    this.#source = null;
  }

  /** A hook goes on later: the message gets its own bytes. */
  keep(): void {
    this.#source = this.#read.keep();
  }

  /** True as long as it shows this very publication, and not its own copy. */
  shows(publication: Publication): boolean {
    return this.#source === publication;
  }

  /** The publication as the hooks left it. */
  result(): Publication {
    const source = this.#read;
    if (!this.#changed) return source;
    const properties = this.#newProperties ?? propertiesOf(source);
    return new Publication({
      topic: this.#topic === null ? source.topic : { name: topicName(this.#topic), bytes: Buffer.from(this.#topic) },
      payload: this.#newPayload ?? source.payload,
      properties: encodeForwardedProperties(properties),
      qos: this.#qos,
      retain: this.#retain,
      messageExpiryInterval: properties.messageExpiryInterval ?? -1,
      receivedAt: source.receivedAt,
      publisherId: source.publisherId,
    });
  }

  get #read(): Publication {
    const source = this.#source;
    if (source === null) {
      throw new Error("a message is read while its hook runs: keep what you need of it, or make the hook async");
    }
    return source;
  }
}

const topicBytesMax = 65_535;

function propertiesOf(source: Publication): Readonly<Properties> {
  const { propertiesStart, propertiesEnd, messageExpiryInterval } = source;
  if (propertiesStart === propertiesEnd && messageExpiryInterval < 0) return noProperties;
  const properties = decodeForwardedProperties(source.bytes, propertiesStart, propertiesEnd);
  if (messageExpiryInterval >= 0) properties.messageExpiryInterval = messageExpiryInterval;
  return Object.freeze(properties);
}
