import { WorldError } from "../../base/mod.ts";
import { formatVersion } from "../events/event-type.ts";
import type { Database } from "./open-database.ts";

/** Brings a store from one version of the layout to the next. */
export interface Migration {
  /** The version that it begins with; it ends with the next one. */
  readonly from: number;
  /**
   * Changes the database, in as many batches as it likes. It is run again where the process ended in its midst, so what
   * it has changed must be recognizable.
   */
  run(database: Database): Promise<void>;
}

/** Every step there is, in order. Version 1 is the first that was ever written, so there is none yet. */
export const migrations: readonly Migration[] = [];

/** What {@link migrate} needs of the data folder. */
export interface Migrating {
  readonly path: string;
  readonly database: Database;
  /** Version of the data. */
  readonly version: number;
  /** Writes into the folder which version its data has now; safe when it resolves. */
  readonly noteVersion: (version: number) => Promise<void>;
}

/**
 * Brings an older store to this version, step by step. After each step everything of it is on the disk before the
 * folder says so: a crash means that the step is run once more.
 * @throws WorldError `store_too_old` where a step is missing, before anything was changed; what a step throws
 */
export async function migrate(
  { path, database, version, noteVersion }: Migrating,
  steps: readonly Migration[] = migrations,
  target: number = formatVersion,
): Promise<void> {
  const wanted = Array.from({ length: target - version }, (_, index) => version + index);
  const missing = wanted.find((from) => !steps.some((step) => step.from === from));
  if (missing !== undefined) {
    throw new WorldError(
      "store_too_old",
      `${path}: the data has format ${version}, which this version of Akasa (format ${target}) cannot bring up to date; ` +
        "start one in between first, or carry the data over with the akasa export of the old version",
    );
  }
  for (const from of wanted) {
    await steps.find((step) => step.from === from)?.run(database);
    // An empty batch that waits for the disk: what the step wrote before it is there as well.
    await database.batch().del(Buffer.of(0)).write({ sync: true });
    await noteVersion(from + 1);
  }
}
