import { globSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Which test files make up a group; every test file of the repository is in exactly one (test/tidy.test.ts). */
export const testGroups = {
  unit: [
    "src/**/*.test.ts",
    "bench/**/*.test.ts",
    "scripts/**/*.test.ts",
    "examples/**/*.test.ts",
    "test/kit/**/*.test.ts",
    "test/*.test.ts",
  ],
  // Beside the code as well, and too slow for a check before each commit: they start processes, or whole transports.
  slow: [
    "src/cli/{start,command,http-listener}.test.ts",
    "src/{door,transport}/channel-contract.test.ts",
    "src/transport/native-transport.test.ts",
    "src/broker/{shards*,shard-threads,threaded-*}.test.ts",
    "test/docs.test.ts",
  ],
  conformance: ["test/conformance/**/*.test.ts"],
  system: ["test/system/**/*.test.ts"],
  sim: ["test/sim/**/*.test.ts"],
} as const;

/** A name in {@link testGroups}. */
export type TestGroup = keyof typeof testGroups;

/** Whether there is a group of that name. */
export function isTestGroup(name: string): name is TestGroup {
  return Object.hasOwn(testGroups, name);
}

/** The test files of a group, from the root of the repository, in a fixed order. */
export function testFilesOf(group: TestGroup): string[] {
  const exclude = group === "unit" ? testGroups.slow : [];
  return globSync(testGroups[group], { cwd: root, exclude }).toSorted();
}
