import { isSection, itemOf, type KeySchema } from "./key-schema.ts";

/** True for a mapping, not for null or a list. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value with everything that is missing in it filled from the defaults; `value` itself stays as it is. */
export function withDefaults(schema: KeySchema, value: unknown): unknown {
  const given = value === undefined ? structuredClone(schema.default) : value;
  const item = itemOf(schema);
  if (item !== undefined && Array.isArray(given)) return given.map((entry: unknown) => withDefaults(item, entry));
  if (!isSection(schema) || !isMapping(given)) return given;
  const filled: Record<string, unknown> = { ...given };
  for (const [name, key] of Object.entries(schema.properties)) {
    const entry = withDefaults(key, given[name]);
    if (entry !== undefined) filled[name] = entry;
  }
  return filled;
}
