import { rmSync } from "node:fs";
import type { ConfigOverrides } from "./start-akasa.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Where a test's broker keeps what outlives it. */
export interface DataFolder {
  /** The keys that say so. */
  readonly settings: ConfigOverrides;
  /** Deletes it. */
  remove(): void;
}

/**
 * Most tests are not about durability: their brokers keep everything in memory, unless `TEST_DURABILITY=local`
 * asks for a store, in a folder of the test's own. Whoever names a durability gets that.
 */
export function dataFolderFor(overrides: ConfigOverrides): DataFolder {
  const wanted = overrides.durability ?? process.env["TEST_DURABILITY"] ?? "memory";
  if (wanted === "memory" || overrides.data_dir !== undefined) {
    return { settings: { durability: "memory" }, remove: () => {} };
  }
  const folder = temporaryFolder("data");
  return {
    // Limits of tests are limits of the whole queue.
    settings: { durability: "local", data_dir: folder, max_in_db_pending_messages: 0 },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
