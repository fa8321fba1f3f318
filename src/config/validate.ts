import { Check } from "typebox/schema";

import { parseAddressRange } from "./address-range.ts";
import { parseListenerAddress } from "./address.ts";
import { isMapping } from "./defaults.ts";
import { expectation, shown } from "./expectation.ts";
import { isSection, itemOf, keyAt, type KeySchema } from "./key-schema.ts";
import { nearest } from "./nearest.ts";
import { dotted, type Problem } from "./problem.ts";

/**
 * Everything in `value` that the schema does not allow, in the order of the keys. TypeBox judges the single values; the
 * way through the sections is ours, because it reports at most eight errors and none of them names a key to use
 * instead.
 */
export function schemaProblems(schema: KeySchema, value: unknown): Problem[] {
  const problems: Problem[] = [];
  check({ root: schema, problems }, schema, value, []);
  return problems;
}

interface Run {
  readonly root: KeySchema;
  readonly problems: Problem[];
}

function check(run: Run, schema: KeySchema, value: unknown, path: readonly string[]): void {
  const item = itemOf(schema);
  if (item !== undefined && Array.isArray(value)) {
    if (schema.several === true && value.length === 0)
      run.problems.push({ path, message: "an empty list; to switch it off, say null" });
    for (const [index, entry] of value.entries()) check(run, item, entry, [...path, String(index)]);
    return;
  }
  const holdsKeys = isSection(schema) || typeof schema.additionalProperties === "object";
  if (!holdsKeys || !isMapping(value)) {
    if (!fits(schema, value)) run.problems.push({ path, message: mismatch(schema, value, path) });
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    const key = keyAt(schema, [name]);
    if (key === undefined) run.problems.push({ path: [...path, name], message: unknownKey(run.root, schema, name) });
    else check(run, key, inner, [...path, name]);
  }
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name)) continue;
    const key = keyAt(schema, [name]);
    const message = key === undefined ? "missing" : `missing; expected ${expectation(key)}`;
    run.problems.push({ path: [...path, name], message });
  }
}

function fits(schema: KeySchema, value: unknown): boolean {
  if (!Check(schema, value)) return false;
  if (typeof value !== "string" || schema.format === undefined) return true;
  if (schema.format === "address-range") return parseAddressRange(value) !== null;
  const address = parseListenerAddress(value);
  return address !== null && (address.kind === "tcp" || schema.format === "listener-address");
}

function mismatch(schema: KeySchema, value: unknown, path: readonly string[]): string {
  // What stands under scram_users are secrets, also where they are misspelled.
  const got = path[0] === "scram_users" || schema.secret === true ? "" : `, got ${shown(value)}`;
  return `expected ${expectation(schema)}${got}`;
}

/** The value that `path` leads to, undefined if it leads nowhere. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (Array.isArray(current)) current = current[Number(name)];
    else current = isMapping(current) && Object.hasOwn(current, name) ? current[name] : undefined;
  }
  return current;
}

function unknownKey(root: KeySchema, parent: KeySchema, name: string): string {
  const siblings = Object.keys(parent.properties ?? {});
  const like = nearest(name, siblings) ?? elsewhere(root, name);
  if (like !== undefined) return `unknown key; did you mean ${like}?`;
  return siblings.length > 8 ? "unknown key" : `unknown key; known here: ${siblings.join(", ")}`;
}

/** The key of exactly this name in another section: it was written at the wrong place. */
function elsewhere(root: KeySchema, name: string): string | undefined {
  for (const path of keyPaths(root)) if (path.at(-1) === name) return dotted(path);
  return undefined;
}

/** The paths of all keys, sections included, outer ones first. */
export function keyPaths(schema: KeySchema, prefix: readonly string[] = []): string[][] {
  if (!isSection(schema)) return [];
  return Object.entries(schema.properties).flatMap(([name, key]) => {
    const path = [...prefix, name];
    return [path, ...keyPaths(key, path)];
  });
}
