import type { Import } from "./source-tree.ts";
import { isTestCode } from "./source-tree.ts";

/** Floor -> the floors it may import. */
export type Layers = ReadonlyMap<string, readonly string[]>;

/** Reads the block ```layers of ARCHITECTURE.md; a floor may only name floors above its own line. */
export function readLayers(architecture: string): Layers {
  const block = /^```layers\n(.*?)^```/ms.exec(architecture)?.[1];
  if (block === undefined) throw new Error("ARCHITECTURE.md has no block ```layers");
  const layers = new Map<string, readonly string[]>();
  for (const line of block.trimEnd().split("\n")) {
    const [floor = "", below = ""] = line.split(":");
    const allowed = below.trim().split(" ").filter(Boolean);
    const unknown = allowed.filter((name) => !layers.has(name));
    if (unknown.length > 0)
      throw new Error(`ARCHITECTURE.md: ${floor} names ${unknown.join(", ")} before it is defined`);
    layers.set(floor, allowed);
  }
  return layers;
}

/** What is wrong with an import; undefined if nothing. */
export function breachOf({ from, to }: Import, layers: Layers): string | undefined {
  const breach = rule(from, to, layers);
  return breach === undefined ? undefined : `${from} imports ${to}: ${breach}`;
}

function rule(from: string, to: string, layers: Layers): string | undefined {
  if (!to.startsWith("src/")) {
    return from.startsWith("src/") && !(isTestCode(from) && to.startsWith("test/kit/"))
      ? "what is in src/ imports from src/ only (tests also from test/kit/)"
      : undefined;
  }
  const target = floorOf(to);
  if (from === to || target === undefined) return undefined;
  const floor = floorOf(from);
  if (floor === target) return isTestCode(to) && !isTestCode(from) ? "that is test code" : undefined;
  // Test data and contract suites are there for whoever tests.
  if (isTestCode(from) && isTestCode(to)) return undefined;
  if (to !== `src/${target}/mod.ts`) return "a floor is entered through its mod.ts only";
  // src/mod.ts and everything outside src/ stand above all floors.
  if (floor === undefined) return undefined;
  return layers.get(floor)?.includes(target) === true
    ? undefined
    : `ARCHITECTURE.md does not let ${floor} import ${target}`;
}

/** `codec` for src/codec/...; undefined for what is in no floor. */
export function floorOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}
