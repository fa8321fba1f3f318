import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryJournal } from "./journal.ts";

test("in memory nothing has to wait for a commit", async () => {
  const journal = new MemoryJournal();
  assert.ok(journal.ticket <= journal.committed);
  journal.commit();
  await journal.close();
  assert.ok(journal.ticket <= journal.committed);
});
