import { createRequire, registerHooks } from "node:module";
import { isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { WorldError } from "../base/mod.ts";
import type { HookModule } from "./hook-point.ts";
import { hookPointNames, lifecycleNames } from "./hook-point.ts";
import type { Hooks } from "./hooks.ts";
import { shippedHooks } from "./library/mod.ts";

/** A module of hooks as the configuration names it. */
export interface HookReference {
  /** A path that begins with `./`, `../` or `/`, the name of a package, or `akasa:NAME` for one that Akasa ships. */
  readonly module: string;
  /** Handed to the module where it exports a function that makes its hooks. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Directory that a relative path and a package are looked up from. */
  readonly from: string;
}

const known: ReadonlySet<string> = new Set(["name", ...hookPointNames, ...lifecycleNames]);

/**
 * Loads the modules of hooks anew, also those that were loaded before: what a module imports by a relative path is
 * loaded with it, packages are not.
 *
 * @param generation tells this load from all others of the process
 * @throws WorldError `hook_invalid`, with the name of the module: it cannot be found, throws, or exports no hooks
 */
export async function loadHookModules(
  references: readonly HookReference[],
  generation: string,
): Promise<readonly HookModule[]> {
  const modules: HookModule[] = [];
  for (const reference of references) {
    try {
      modules.push(await loadOne(reference, generation));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new WorldError("hook_invalid", `hooks: ${reference.module}: ${text}`, { cause: error });
    }
  }
  return modules;
}

async function loadOne({ module, options, from }: HookReference, generation: string): Promise<HookModule> {
  const shipped = module.startsWith("akasa:") ? shippedHooks.get(module.slice("akasa:".length)) : undefined;
  if (module.startsWith("akasa:")) {
    if (shipped === undefined) throw new Error(`there is none; there are ${[...shippedHooks.keys()].join(", ")}`);
    return { name: module, hooks: checkHooks(shipped(options ?? {}, from)) };
  }
  const exported = exportOf(await importAnew(module, from, generation));
  if (typeof exported !== "function") {
    if (options !== undefined && Object.keys(options).length > 0) {
      throw new TypeError("has options, but exports hooks and no function that takes them");
    }
    return moduleOf(module, exported);
  }
  const made: unknown = await (exported as (options: unknown, from: string) => unknown)(options ?? {}, from);
  return moduleOf(module, made);
}

function moduleOf(module: string, exported: unknown): HookModule {
  const hooks = checkHooks(exported);
  return { name: hooks.name ?? module, hooks };
}

/** What a module gives: its default export, else one that is called `hooks`. */
function exportOf(namespace: Readonly<Record<string, unknown>>): unknown {
  return namespace["default"] ?? namespace["hooks"];
}

/**
 * Checks what was given as hooks.
 * @throws TypeError it is no object, or has a name that no hook point has
 */
export function checkHooks(value: unknown): Hooks {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(
      "gives no hooks: expected `export const hooks = defineHooks({ ... })`, or a function that makes them",
    );
  }
  for (const [name, hook] of Object.entries(value)) {
    if (!known.has(name)) throw new TypeError(`${name} is no hook point`);
    if (typeof hook !== (name === "name" ? "string" : "function")) throw new TypeError(`${name} is not a function`);
  }
  return value;
}

const mark = "akasa-hooks";

/** The package that runs: what hooks import as "akasa", wherever they lie and whatever lies there. */
const akasa = new URL(import.meta.url.endsWith(".ts") ? "../mod.ts" : "../mod.js", import.meta.url).href;

/** Imports a module as if it had never been imported, resolved as an import in a file of that directory would be. */
async function importAnew(
  module: string,
  from: string,
  generation: string,
): Promise<Readonly<Record<string, unknown>>> {
  const parent = pathToFileURL(join(from, "akasa.yaml")).href;
  const specifier = isAbsolute(module) ? pathToFileURL(module).href : module;
  const entry = `${mark}:${generation}`;
  const query = `?${mark}=${generation}`;
  const loading = registerHooks({
    resolve(wanted, context, next) {
      const isEntry = wanted === entry;
      if (wanted === "akasa" && context.parentURL?.endsWith(query) === true) return { url: akasa, shortCircuit: true };
      const inner = context.parentURL?.endsWith(query) === true && /^\.{1,2}\//.test(wanted);
      if (!isEntry && !inner) return next(wanted, context);
      const resolved = next(isEntry ? specifier : wanted, isEntry ? { ...context, parentURL: parent } : context);
      // CommonJS keeps its own table by file name, which a query does not get around.
      if (resolved.format === "commonjs" && resolved.url.startsWith("file:")) {
        Reflect.deleteProperty(createRequire(parent).cache, fileURLToPath(resolved.url));
      }
      return { ...resolved, url: `${resolved.url}${query}` };
    },
  });
  try {
    return (await import(entry)) as Readonly<Record<string, unknown>>;
  } finally {
    loading.deregister();
  }
}
