import { isTopicFilter, type TopicFilter } from "../../protocol/mod.ts";

/** Options as a configuration file gives them: of any shape. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** Checks that there are no others than these. @throws TypeError naming the one that there is not */
export function checkNames(options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`there is no option ${name}; there are ${names.join(", ")}`);
  }
}

/** A whole number of an option, or its default. @throws TypeError */
export function numberOption(name: string, value: unknown, range: readonly [number, number], fallback: number): number {
  if (value === undefined) return fallback;
  const [min, max] = range;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new TypeError(`${name}: expected a whole number from ${min} to ${max}`);
}

/** A switch, or its default. @throws TypeError */
export function switchOption(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  throw new TypeError(`${name}: expected true or false`);
}

/** A topic filter. @throws TypeError */
export function filterOption(name: string, value: unknown): TopicFilter {
  if (typeof value === "string" && isTopicFilter(value)) return value;
  throw new TypeError(`${name}: expected a topic filter`);
}

/** A list of sections that is not empty. @throws TypeError */
export function listOption(name: string, value: unknown): readonly RawOptions[] {
  if (Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === "object" && entry !== null)) {
    return value as readonly RawOptions[];
  }
  throw new TypeError(`${name}: expected a list with one or more sections`);
}
