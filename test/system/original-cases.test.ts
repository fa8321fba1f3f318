import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");

interface Row {
  readonly original: string;
  /** A test file from the root. */
  readonly file: string;
  /** A test's name as far as it is literal. */
  readonly name: string;
}

function rowsOf(text: string): Row[] {
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => {
    const [original = "", file = "", name = ""] = line.slice(2, -2).split(/ +\| +/);
    return { original, file, name: name.trim() };
  });
}

const rows = rowsOf(readFileSync(join(import.meta.dirname, "original-cases.md"), "utf8"));

/** Literal text of a test: quotes and what joins lines do not count. */
function bare(text: string): string {
  return text.replaceAll(/["'`\\]/g, "").replaceAll(/\s+/g, " ");
}

test("original-cases.md has all 119 cases of the original", () => {
  assert.equal(new Set(rows.map(({ original }) => original)).size, 119);
});

test("every case of the original names a test that exists", () => {
  const texts = new Map<string, string>();
  const wrong = rows.filter(({ file, name }) => {
    const text = texts.get(file) ?? bare(readFileSync(join(root, file), "utf8"));
    texts.set(file, text);
    return name === "" || !text.includes(bare(name));
  });
  assert.deepEqual(wrong, []);
});
