import { isSection, type KeySchema } from "./key-schema.ts";

/** What a key takes, in words: "a whole number from 1 to 65535". */
export function expectation(schema: KeySchema): string {
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
  const nullable = types.includes("null") ? " or null" : "";
  return withoutNull(schema, types) + nullable;
}

function withoutNull(schema: KeySchema, types: readonly string[]): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(", ")}`;
  if (schema.format === "listener-address") return "host:port (as 127.0.0.1:1883), [ipv6]:port or unix:/path/to.sock";
  if (schema.format === "socket-address") return "host:port (as 127.0.0.1:1883) or [ipv6]:port";
  if (schema.format === "address-range") return "an IP address or a range as 10.0.0.0/8";
  if (schema.expects !== undefined) return schema.expects;
  if (types.includes("integer")) return wholeNumber(schema);
  if (types.includes("boolean")) return "true or false";
  if (types.includes("string")) return "text";
  if (types.includes("array")) return `a list of ${itemsOf(schema)}`;
  const list = schema.several === true ? ", or a list of such sections" : "";
  return isSection(schema) ? `a section with ${Object.keys(schema.properties).join(", ")}${list}` : "a section";
}

function itemsOf({ items }: KeySchema): string {
  return items !== undefined && "enum" in items ? items.enum.join(", ") : "values";
}

function wholeNumber({ minimum, maximum, unit }: KeySchema): string {
  const counted = unit === undefined ? "" : ` of ${unit}`;
  const range = minimum === undefined || maximum === undefined ? "" : ` from ${minimum} to ${maximum}`;
  return `a whole number${counted}${range}`;
}

/** A value as it was given, short enough for one line of a message. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a section";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
