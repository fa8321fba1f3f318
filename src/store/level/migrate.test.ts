import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorldError } from "../../base/mod.ts";
import { testFolder } from "../contract/journal-kind.ts";
import { formatVersion } from "../events/event-type.ts";
import { type Migration, migrate, migrations } from "./migrate.ts";
import { type Database, openDatabase } from "./open-database.ts";

const key = Buffer.from("key");

/** Appends its version to what stands under one key, unless it has done so. */
function appending(from: number, fails: { once: boolean } = { once: false }): Migration {
  return {
    from,
    async run(database) {
      const before = String((await database.get(key)) ?? "");
      if (!before.endsWith(String(from))) await database.put(key, Buffer.from(before + String(from)));
      if (!fails.once) return;
      fails.once = false;
      throw new Error("the process ended");
    },
  };
}

/** A store whose data has a version, and what becomes of both. */
class OldStore implements AsyncDisposable {
  version: number;
  readonly database: Database;
  readonly #folder: Disposable;

  private constructor(folder: Disposable, database: Database, version: number) {
    this.#folder = folder;
    this.database = database;
    this.version = version;
  }

  static async make(version: number): Promise<OldStore> {
    const folder = testFolder();
    return new OldStore(folder, await openDatabase(folder.path, true), version);
  }

  migrate(steps: readonly Migration[], target: number): Promise<void> {
    const { database, version } = this;
    const noteVersion = (noted: number): Promise<void> => {
      this.version = noted;
      return Promise.resolve();
    };
    return migrate({ path: "data", database, version, noteVersion }, steps, target);
  }

  async text(): Promise<string> {
    return String((await this.database.get(key)) ?? "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.close();
    this.#folder[Symbol.dispose]();
  }
}

describe("data of an older format", () => {
  it("goes through every step in between, in order, and says so after each", async () => {
    await using store = await OldStore.make(2);
    await store.migrate([appending(4), appending(2), appending(3), appending(1)], 5);
    assert.deepEqual([await store.text(), store.version], ["234", 5]);
  });

  it("goes on with the step in whose midst the process ended", async () => {
    await using store = await OldStore.make(1);
    const steps = [appending(1), appending(2, { once: true }), appending(3)];
    await assert.rejects(store.migrate(steps, 4), /the process ended/);
    assert.equal(store.version, 2);
    await store.migrate(steps, 4);
    assert.deepEqual([await store.text(), store.version], ["123", 4]);
  });

  it("is left alone where a step is missing", async () => {
    await using store = await OldStore.make(1);
    await assert.rejects(store.migrate([appending(1), appending(3)], 4), (error: unknown) => {
      assert.ok(error instanceof WorldError);
      assert.equal(error.code, "store_too_old");
      assert.match(error.message, /data: the data has format 1, .*akasa export/);
      return true;
    });
    assert.deepEqual([await store.text(), store.version], ["", 1]);
  });

  it("of this version needs nothing", async () => {
    await using store = await OldStore.make(formatVersion);
    await store.migrate(migrations, formatVersion);
    assert.equal(store.version, formatVersion);
  });

  it("can be brought up to date from the first format that was ever written", async () => {
    await using store = await OldStore.make(1);
    const steps = migrations.map(({ from }) => appending(from));
    await store.migrate(steps, formatVersion);
    assert.equal(store.version, formatVersion);
  });
});
