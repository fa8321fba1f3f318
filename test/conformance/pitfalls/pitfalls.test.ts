import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../../..");

/** The lines of the table: what each says of its tests and of what it waits for. */
const lines = new Map(
  readFileSync(join(import.meta.dirname, "pitfalls.md"), "utf8")
    .split("\n")
    .filter((line) => /^\| (?:thread|original) \d+ \|/.test(line))
    .map((line) => {
      const [, number = "", , tests = "", waits = ""] = line.split("|").map((cell) => cell.trim());
      return [number, { tests: tests === "" ? [] : tests.split(", "), waits }];
    }),
);

/** The lines that tests in this folder say they prove. */
const claimed = new Set(
  globSync("*.test.ts", { cwd: import.meta.dirname }).flatMap((file) =>
    [
      ...readFileSync(join(import.meta.dirname, file), "utf8").matchAll(/pitfall\(\s*"((?:thread|original) \d+)",/g),
    ].map(([, number = ""]) => number),
  ),
);

test("every lesson has a test, or the feature that it waits for", () => {
  const bare = [...lines].filter(([, { tests, waits }]) => tests.length === 0 && waits === "");
  assert.deepEqual(bare, []);
  const missing = [...lines].flatMap(([number, { tests }]) =>
    tests.filter((file) => (file === "here" ? !claimed.has(number) : !existsSync(join(root, file)))),
  );
  assert.deepEqual(missing, []);
});

test("every test of a lesson names a line of the table that counts on it", () => {
  assert.deepEqual(
    [...claimed].filter((number) => lines.get(number)?.tests.includes("here") !== true),
    [],
  );
});
