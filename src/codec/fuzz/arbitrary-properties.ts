import fc from "fast-check";
import type { Properties } from "../../protocol/mod.ts";
import { type PropertyCarrier, type PropertyKind, propertyRules } from "../property-table.ts";

/** Strings that MQTT can carry: any code point but U+0000, no lone surrogates. */
export const arbitraryText: fc.Arbitrary<string> = fc
  .string({ unit: "binary", maxLength: 40 })
  .map((text) => text.replaceAll("\0", ""));

/** Topic Names, not empty. */
export const arbitraryTopic: fc.Arbitrary<string> = fc
  .oneof(fc.string({ unit: fc.constantFrom("a", "b", "/", "$", "é", "漢", "😀"), maxLength: 12 }), arbitraryText)
  .map((text) => text.replaceAll(/[+#]/g, "") || "t");

export const arbitraryBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 60 });

const valueOf: Readonly<Record<PropertyKind, fc.Arbitrary<unknown>>> = {
  bit: fc.constantFrom(0, 1),
  boolean: fc.boolean(),
  uint16: fc.nat(0xffff),
  uint32: fc.nat(0xffff_ffff),
  positive16: fc.integer({ min: 1, max: 0xffff }),
  positive32: fc.integer({ min: 1, max: 0xffff_ffff }),
  alias: fc.integer({ min: 1, max: 0xffff }),
  identifier: fc.array(fc.integer({ min: 1, max: 0x0fff_ffff }), { minLength: 1, maxLength: 4 }),
  text: arbitraryText,
  topic: arbitraryTopic,
  binary: arbitraryBytes,
  pair: fc.array(fc.tuple(arbitraryText, arbitraryText), { minLength: 1, maxLength: 4 }),
};

/** Sets of the properties that the carrier may have, as 5.0 allows them. */
export function arbitraryProperties(carrier: PropertyCarrier): fc.Arbitrary<Properties> {
  const values: Record<string, fc.Arbitrary<unknown>> = {};
  for (const rule of propertyRules) {
    if (rule.carriers.includes(carrier)) values[rule.name] = valueOf[rule.kind];
  }
  return fc.record(values, { requiredKeys: [], noNullPrototype: true }).map((set) => allowed(set, carrier));
}

function allowed(set: Properties, carrier: PropertyCarrier): Properties {
  if (set.authenticationMethod === undefined) delete set.authenticationData;
  // A SUBSCRIBE has one identifier, a PUBLISH any number.
  if (carrier === "subscribe" && set.subscriptionIdentifiers !== undefined) {
    set.subscriptionIdentifiers = set.subscriptionIdentifiers.slice(0, 1);
  }
  return set;
}
