import { parseDocument } from "yaml";

import { isMapping } from "./defaults.ts";
import { isSection, keyAt, type KeySchema } from "./key-schema.ts";
import { nearest } from "./nearest.ts";
import { dotted, type Problem } from "./problem.ts";
import { keyPaths } from "./validate.ts";

const prefix = "AKASA_";

/** The environment variable that sets a key: `listeners.mqtt.addr` is `AKASA_LISTENERS_MQTT_ADDR`. */
export function variableOf(path: readonly string[]): string {
  return prefix + path.join("_").toUpperCase();
}

/** The variables that exist, with the path each sets. A section has one only if it can be switched off with `null`. */
export function variables(schema: KeySchema): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const path of keyPaths(schema)) {
    const key = keyAt(schema, path);
    if (key === undefined || (isSection(key) && key.type === "object")) continue;
    found.set(variableOf(path), path);
  }
  return found;
}

/** What the environment changes: the values with the overrides in place, and which variable set which path. */
export interface EnvironmentResult {
  readonly values: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
  /** By dotted path. */
  readonly origins: ReadonlyMap<string, string>;
}

/** Puts every `AKASA_...` variable over the values of the file. A value is read as a YAML scalar or list. */
export function withEnvironment(
  schema: KeySchema,
  fileValues: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): EnvironmentResult {
  const known = variables(schema);
  const values = structuredClone(fileValues) as Record<string, unknown>;
  const problems: Problem[] = [];
  const origins = new Map<string, string>();
  // By length, so that AKASA_LISTENERS_MQTT=null does not undo AKASA_LISTENERS_MQTT_ADDR, whatever their order.
  const given = Object.keys(env).filter((name) => name.startsWith(prefix) && env[name] !== undefined);
  for (const name of given.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))) {
    const path = known.get(name);
    if (path === undefined) {
      problems.push({ path: [], message: unknownVariable(name, known.keys()) });
      continue;
    }
    const document = parseDocument(env[name] ?? "", { prettyErrors: false, logLevel: "silent" });
    const value: unknown = document.errors.length === 0 ? document.toJS() : env[name];
    if (!setAt(schema, values, path, value ?? null)) {
      const list = `${path.slice(0, -1).join(".")} is a list in the file`;
      problems.push({ path: [], message: `environment ${name}: ${list}, and no variable reaches into a list` });
    }
    origins.set(dotted(path), name);
  }
  return { values, problems, origins };
}

function unknownVariable(name: string, known: Iterable<string>): string {
  const like = nearest(name, known);
  return `environment ${name}: no key has this variable${like === undefined ? "" : `; did you mean ${like}?`}`;
}

/**
 * Sets one value; sections on the way that are absent start as their defaults, so that an override adds to them.
 * Answers false where a list is in the way.
 */
function setAt(schema: KeySchema, values: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  let target = values;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    let next = target[name];
    if (next === undefined) next = structuredClone(keyAt(schema, path.slice(0, depth + 1))?.default);
    if (Array.isArray(next)) return false;
    // A file that has something else here is wrong, and validation says so; the override must not hide it.
    if (next !== null && next !== undefined && !isMapping(next)) return true;
    const inner = isMapping(next) ? next : {};
    target[name] = inner;
    target = inner;
  }
  const last = path.at(-1);
  if (last !== undefined) target[last] = value;
  return true;
}
