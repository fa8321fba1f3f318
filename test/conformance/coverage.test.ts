import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { conformanceCoverage, conformanceDocs } from "../../scripts/conformance-coverage.ts";

test("every statement that binds a server has a test", () => {
  assert.deepEqual(conformanceCoverage().missing, []);
});

test("tests name only statements that exist, and none that is listed as not tested", () => {
  assert.deepEqual(conformanceCoverage().errors, []);
});

test("coverage.md is what the tests say; `node scripts/conformance-coverage.ts` writes it anew", () => {
  for (const [path, content] of conformanceDocs()) {
    assert.equal(readFileSync(join(import.meta.dirname, "../..", path), "utf8"), content);
  }
});
