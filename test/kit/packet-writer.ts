import type { Property } from "./property-table.ts";
import { lengthPrefixed, propertyBlock, u16, varint } from "./wire-bytes.ts";

/** The protocol level a client speaks: 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5.0. */
export type Version = 3 | 4 | 5;

/** A list of properties, or the whole block as raw bytes INCLUDING its length in front. Only written for version 5. */
export type Properties = readonly Property[] | Buffer;

/** Text, or bytes that are sent as they are. */
export type Text = string | Buffer;

/** A will as CONNECT carries it. `qos` 3 is written too: the server has to refuse it. */
export interface WillFields {
  readonly topic: Text;
  readonly payload?: Text;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly properties?: Properties;
}

/** Everything a CONNECT holds. What is left out gets the value of a plain valid packet; keep-alive is then 0. */
export interface ConnectFields {
  readonly version: Version;
  readonly clientId?: Text;
  readonly cleanStart?: boolean;
  readonly keepAlive?: number;
  readonly will?: WillFields;
  readonly userName?: Text;
  readonly password?: Text;
  readonly properties?: Properties;
  /** Replaces the computed flags byte; which payload fields are written does not change. */
  readonly flags?: number;
  readonly protocolName?: Text;
  readonly protocolLevel?: number;
  readonly firstByte?: number;
  /** Bytes after the last field, inside the packet. */
  readonly surplus?: Buffer;
}

/** Everything a PUBLISH holds. The packet id is written when `qos` is above 0, or whenever it is given. */
export interface PublishFields {
  readonly version: Version;
  readonly topic: Text;
  readonly payload?: Text;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly packetId?: number;
  readonly properties?: Properties;
  readonly firstByte?: number;
}

/** One entry of a SUBSCRIBE. `options` replaces the computed options byte. */
export interface SubscriptionFields {
  readonly filter: Text;
  readonly qos?: number;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: number;
  readonly options?: number;
}

/** Everything a SUBSCRIBE holds. */
export interface SubscribeFields {
  readonly version: Version;
  readonly packetId: number;
  readonly filters: readonly SubscriptionFields[];
  readonly properties?: Properties;
  readonly firstByte?: number;
}

/** Everything an UNSUBSCRIBE holds. */
export interface UnsubscribeFields {
  readonly version: Version;
  readonly packetId: number;
  readonly filters: readonly Text[];
  readonly properties?: Properties;
  readonly firstByte?: number;
}

/** The version 5 tail of acknowledgements, DISCONNECT and AUTH. Without `reasonCode` the short form is written. */
export interface ReasonFields {
  readonly reasonCode?: number;
  readonly properties?: Properties;
  readonly firstByte?: number;
}

/** Bytes from hexadecimal text; blanks are for the reader: `raw("c0 00")`. */
export function raw(hex: string): Buffer {
  const digits = hex.replace(/\s+/g, "");
  const bytes = Buffer.from(digits, "hex");
  if (bytes.length * 2 !== digits.length) throw new Error(`not hexadecimal: ${hex}`);
  return bytes;
}

/** A packet with any first byte and any body; the remaining length is computed. */
export function frame(firstByte: number, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([firstByte]), varint(body.length), body]);
}

export function connect(fields: ConnectFields): Buffer {
  const { version, will } = fields;
  const parts = [
    lengthPrefixed(fields.protocolName ?? (version === 3 ? "MQIsdp" : "MQTT")),
    Buffer.from([fields.protocolLevel ?? version, fields.flags ?? connectFlags(fields)]),
    u16(fields.keepAlive ?? 0),
  ];
  if (version === 5) parts.push(propertyBlock(fields.properties ?? []));
  parts.push(lengthPrefixed(fields.clientId ?? ""));
  if (will !== undefined) {
    if (version === 5) parts.push(propertyBlock(will.properties ?? []));
    parts.push(lengthPrefixed(will.topic), lengthPrefixed(will.payload ?? ""));
  }
  if (fields.userName !== undefined) parts.push(lengthPrefixed(fields.userName));
  if (fields.password !== undefined) parts.push(lengthPrefixed(fields.password));
  if (fields.surplus !== undefined) parts.push(fields.surplus);
  return frame(fields.firstByte ?? 0x10, Buffer.concat(parts));
}

function connectFlags(fields: ConnectFields): number {
  let flags = (fields.cleanStart ?? true) ? 0x02 : 0;
  if (fields.will !== undefined) {
    flags |= 0x04 | ((fields.will.qos ?? 0) << 3);
    if (fields.will.retain === true) flags |= 0x20;
  }
  if (fields.password !== undefined) flags |= 0x40;
  if (fields.userName !== undefined) flags |= 0x80;
  return flags;
}

export function publish(fields: PublishFields): Buffer {
  const qos = fields.qos ?? 0;
  const parts = [lengthPrefixed(fields.topic)];
  if (qos > 0 || fields.packetId !== undefined) parts.push(u16(fields.packetId ?? 1));
  if (fields.version === 5) parts.push(propertyBlock(fields.properties ?? []));
  parts.push(bytesOf(fields.payload ?? ""));
  const firstByte = 0x30 | (fields.dup === true ? 0x08 : 0) | (qos << 1) | (fields.retain === true ? 0x01 : 0);
  return frame(fields.firstByte ?? firstByte, Buffer.concat(parts));
}

export function puback(packetId: number, fields: ReasonFields = {}): Buffer {
  return acknowledgement(0x40, packetId, fields);
}

export function pubrec(packetId: number, fields: ReasonFields = {}): Buffer {
  return acknowledgement(0x50, packetId, fields);
}

export function pubrel(packetId: number, fields: ReasonFields = {}): Buffer {
  return acknowledgement(0x62, packetId, fields);
}

export function pubcomp(packetId: number, fields: ReasonFields = {}): Buffer {
  return acknowledgement(0x70, packetId, fields);
}

export function subscribe(fields: SubscribeFields): Buffer {
  const parts = [u16(fields.packetId)];
  if (fields.version === 5) parts.push(propertyBlock(fields.properties ?? []));
  for (const entry of fields.filters) {
    parts.push(lengthPrefixed(entry.filter), Buffer.from([entry.options ?? subscriptionOptions(entry)]));
  }
  return frame(fields.firstByte ?? 0x82, Buffer.concat(parts));
}

function subscriptionOptions(entry: SubscriptionFields): number {
  const flags = (entry.noLocal === true ? 0x04 : 0) | (entry.retainAsPublished === true ? 0x08 : 0);
  return (entry.qos ?? 0) | flags | ((entry.retainHandling ?? 0) << 4);
}

export function unsubscribe(fields: UnsubscribeFields): Buffer {
  const parts = [u16(fields.packetId)];
  if (fields.version === 5) parts.push(propertyBlock(fields.properties ?? []));
  for (const filter of fields.filters) parts.push(lengthPrefixed(filter));
  return frame(fields.firstByte ?? 0xa2, Buffer.concat(parts));
}

export function pingreq(firstByte = 0xc0): Buffer {
  return frame(firstByte);
}

export function disconnect(fields: ReasonFields = {}): Buffer {
  return frame(fields.firstByte ?? 0xe0, reasonTail(fields));
}

export function auth(fields: ReasonFields = {}): Buffer {
  return frame(fields.firstByte ?? 0xf0, reasonTail(fields));
}

function acknowledgement(firstByte: number, packetId: number, fields: ReasonFields): Buffer {
  return frame(fields.firstByte ?? firstByte, Buffer.concat([u16(packetId), reasonTail(fields)]));
}

function reasonTail(fields: ReasonFields): Buffer {
  if (fields.reasonCode === undefined && fields.properties === undefined) return Buffer.alloc(0);
  const code = Buffer.from([fields.reasonCode ?? 0]);
  return fields.properties === undefined ? code : Buffer.concat([code, propertyBlock(fields.properties)]);
}

function bytesOf(text: Text): Buffer {
  return typeof text === "string" ? Buffer.from(text, "utf8") : text;
}
