import { assert } from "../base/mod.ts";
import { noProperties, type Properties, ProtocolError, ReasonCode, type UserProperty } from "../protocol/mod.ts";
import { PropertyId } from "./property-id.ts";
import {
  otherSide,
  type PropertyCarrier,
  propertyRule,
  type PropertyRule,
  propertyRuleNamed,
} from "./property-table.ts";
import type { Reader } from "./reader.ts";
import { variableByteIntegerSize, writeVariableByteInteger } from "./variable-byte-integer.ts";
import { binarySize, textSize, writeBinary, writeText, writeUint16 } from "./write-field.ts";

// A property set (MQTT 5.0 section 2.2.2)
//
//   length     variable byte integer: the bytes behind it
//   property   { identifier(1), value }*
//
// Identifiers are variable byte integers by the standard's words; all of them fit one byte.

function fail(code: ReasonCode, rule: string, message: string): never {
  throw new ProtocolError(code, rule, message);
}

/** What is collected while reading; becomes Properties. */
type Collected = Record<string, unknown>;

/**
 * Reads a property set with its length.
 * @throws ProtocolError 0x81, 0x82, 0x94
 */
export function decodeProperties(reader: Reader, carrier: PropertyCarrier): Readonly<Properties> {
  const length = reader.variableByteInteger();
  return length === 0 ? noProperties : decodePropertyList(reader.part(length), carrier);
}

/** Reads properties up to the reader's end. */
export function decodePropertyList(reader: Reader, carrier: PropertyCarrier): Readonly<Properties> {
  if (reader.isAtEnd()) return noProperties;
  const collected: Collected = {};
  while (!reader.isAtEnd()) collect(collected, reader, carrier);
  // Section 3.1.2.11.10
  if ("authenticationData" in collected && !("authenticationMethod" in collected)) {
    fail(ReasonCode.protocolError, "3.1.2.11.10", "Authentication Data without Authentication Method");
  }
  return collected;
}

function collect(into: Collected, reader: Reader, carrier: PropertyCarrier): void {
  const id = reader.byte();
  const rule = propertyRule(id);
  if (rule === undefined || !rule.carriers.includes(carrier)) refuseProperty(id, rule, carrier);
  const { name, kind } = rule;
  const value = decodeValue(rule, reader);
  if (kind === "pair" || kind === "identifier") {
    const list = (into[name] ??= []) as unknown[];
    // Section 3.8.2.1.2: a SUBSCRIBE has one identifier, a PUBLISH one of each matching subscription.
    if (carrier === "subscribe" && kind === "identifier" && list.length > 0) refuseTwice(name);
    list.push(value);
    return;
  }
  if (name in into) refuseTwice(name);
  into[name] = value;
}

function refuseTwice(name: string): never {
  return fail(ReasonCode.protocolError, "2.2.2.2", `the property ${name} stands twice`);
}

/**
 * Section 2.2.2.2: an identifier that is unknown, or not valid for the packet type, makes the packet malformed. One
 * that is valid for the type, but not from this side, is data that the protocol does not allow (section 4.13).
 */
function refuseProperty(id: number, rule: PropertyRule | undefined, carrier: PropertyCarrier): never {
  const twin = otherSide(carrier);
  if (rule !== undefined && twin !== null && rule.carriers.includes(twin)) {
    fail(ReasonCode.protocolError, "4.13", `the property ${rule.name} does not come from this side`);
  }
  return fail(ReasonCode.malformedPacket, "2.2.2.2", `property 0x${id.toString(16)} is not allowed in this packet`);
}

function decodeValue(rule: PropertyRule, reader: Reader): unknown {
  switch (rule.kind) {
    case "bit":
      return bit(rule, reader);
    case "boolean":
      return bit(rule, reader) === 1;
    case "uint16":
      return reader.uint16();
    case "uint32":
      return reader.uint32();
    case "positive16":
      return positive(rule, reader.uint16());
    case "positive32":
      return positive(rule, reader.uint32());
    case "alias": {
      const alias = reader.uint16();
      // [MQTT-3.3.2-8]
      return alias > 0 ? alias : fail(ReasonCode.topicAliasInvalid, "MQTT-3.3.2-8", "Topic Alias 0");
    }
    case "identifier":
      return positive(rule, reader.variableByteInteger());
    case "text":
      return reader.text();
    case "topic":
      return topic(reader.text());
    case "binary":
      return reader.binary();
    case "pair":
      return [reader.text(), reader.text()];
  }
}

function bit(rule: PropertyRule, reader: Reader): number {
  const value = reader.byte();
  // Sections 3.1.2.11.6, 3.1.2.11.7, 3.2.2.3.4 and their like.
  return value <= 1 ? value : fail(ReasonCode.protocolError, "4.13", `the property ${rule.name} is neither 0 nor 1`);
}

function positive(rule: PropertyRule, value: number): number {
  // Sections 3.1.2.11.3, 3.1.2.11.4, 3.8.2.1.2
  return value > 0 ? value : fail(ReasonCode.protocolError, "4.13", `the property ${rule.name} is 0`);
}

function topic(text: string): string {
  // [MQTT-3.3.2-14]
  if (!text.includes("#") && !text.includes("+")) return text;
  return fail(ReasonCode.protocolError, "MQTT-3.3.2-14", "Response Topic with a wildcard");
}

/** Bytes of the properties without the length in front. */
export function propertyListSize(properties: Readonly<Properties>): number {
  let size = 0;
  for (const [name, value] of Object.entries(properties)) {
    size += propertySize(ruleOf(name), value);
  }
  return size;
}

/** Bytes of the property set with its length. */
export function propertiesSize(properties: Readonly<Properties>): number {
  const size = propertyListSize(properties);
  return variableByteIntegerSize(size) + size;
}

/** Writes the property set with its length and answers where it ends; {@link propertiesSize} bytes are free there. */
export function encodeProperties(target: Buffer, at: number, properties: Readonly<Properties>): number {
  const start = writeVariableByteInteger(target, at, propertyListSize(properties));
  return encodePropertyList(target, start, properties);
}

/** Writes the properties without a length in front. */
export function encodePropertyList(target: Buffer, at: number, properties: Readonly<Properties>): number {
  let next = at;
  for (const [name, value] of Object.entries(properties)) {
    next = encodeProperty(target, next, ruleOf(name), value);
  }
  return next;
}

function ruleOf(name: string): PropertyRule {
  const rule = propertyRuleNamed(name);
  assert(rule !== undefined, `MQTT has no property ${name}`);
  return rule;
}

function propertySize(rule: PropertyRule, value: unknown): number {
  switch (rule.kind) {
    case "bit":
    case "boolean":
      return 2;
    case "uint16":
    case "positive16":
    case "alias":
      return 3;
    case "uint32":
    case "positive32":
      return 5;
    case "identifier":
      return (value as number[]).reduce((size, identifier) => size + 1 + variableByteIntegerSize(identifier), 0);
    case "text":
    case "topic":
      return 1 + textSize(value as string);
    case "binary":
      return 1 + binarySize(value as Uint8Array);
    case "pair":
      return (value as UserProperty[]).reduce((size, pair) => size + 1 + textSize(pair[0]) + textSize(pair[1]), 0);
  }
}

function encodeProperty(target: Buffer, at: number, rule: PropertyRule, value: unknown): number {
  if (rule.kind === "pair") return encodePairs(target, at, value as UserProperty[]);
  if (rule.kind === "identifier") return encodeIdentifiers(target, at, value as number[]);
  target[at] = rule.id;
  switch (rule.kind) {
    case "bit":
    case "boolean":
      target[at + 1] = Number(value);
      return at + 2;
    case "uint16":
    case "positive16":
    case "alias":
      return writeUint16(target, at + 1, value as number);
    case "uint32":
    case "positive32":
      return target.writeUInt32BE(value as number, at + 1);
    case "text":
    case "topic":
      return writeText(target, at + 1, value as string);
    case "binary":
      return writeBinary(target, at + 1, value as Uint8Array);
  }
}

function encodePairs(target: Buffer, at: number, pairs: readonly UserProperty[]): number {
  let next = at;
  for (const [name, value] of pairs) {
    target[next] = PropertyId.userProperty;
    next = writeText(target, writeText(target, next + 1, name), value);
  }
  return next;
}

function encodeIdentifiers(target: Buffer, at: number, identifiers: readonly number[]): number {
  let next = at;
  for (const identifier of identifiers) {
    target[next] = PropertyId.subscriptionIdentifier;
    next = writeVariableByteInteger(target, next + 1, identifier);
  }
  return next;
}
