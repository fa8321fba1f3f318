import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { testFolder } from "../contract/journal-kind.ts";
import { openDatabase } from "./open-database.ts";
import { WriteBatches } from "./write-batch.ts";

const [a, b] = [Buffer.from("a"), Buffer.from("b")];

describe("a write batch", () => {
  it("is used again, and writes nothing of what it wrote before", async () => {
    using folder = testFolder();
    const database = await openDatabase(join(folder.path, "database"), true);
    const batches = new WriteBatches();
    const first = batches.take(database);
    first.put(a, b);
    await first.write();
    batches.giveBack(first);
    await database.del(a);
    const second = batches.take(database);
    assert.equal(second, first);
    second.put(b, a);
    await second.write();
    assert.deepEqual([await database.get(a), await database.get(b)], [undefined, a]);
    await database.close();
  });

  it("is not used again where it has become large, or for another database", async () => {
    using folder = testFolder();
    const database = await openDatabase(join(folder.path, "database"), true);
    const batches = new WriteBatches();
    const large = batches.take(database);
    large.put(a, Buffer.alloc(2 * 1024 * 1024));
    batches.giveBack(large);
    const small = batches.take(database);
    assert.notEqual(small, large);
    batches.giveBack(small);
    const other = await openDatabase(join(folder.path, "other"), true);
    assert.notEqual(batches.take(other), small);
    await database.close();
    await other.close();
  });

  it("refuses to write into a database that is closed", async () => {
    using folder = testFolder();
    const database = await openDatabase(join(folder.path, "database"), true);
    const batch = new WriteBatches().take(database);
    batch.put(a, b);
    await database.close();
    await assert.rejects(batch.write(), /not open/);
  });
});
