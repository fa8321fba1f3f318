import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, test } from "node:test";
import { reportTests } from "./test-report.ts";
import { temporaryFolder } from "../test/kit/temporary-folder.ts";

/** What is reported of a test file with this text. */
async function reportOf(text: string): Promise<{ passed: boolean; report: string }> {
  const folder = temporaryFolder("report");
  const file = join(folder, "sample.test.ts");
  await writeFile(file, `import test from "node:test";\n${text}\n`);
  let report = "";
  // A test file that node:test started refuses to start others; for the moment it forgets that it was.
  const context = process.env["NODE_TEST_CONTEXT"];
  delete process.env["NODE_TEST_CONTEXT"];
  try {
    const passed = await reportTests(run({ files: [file], cwd: folder }), folder, (part) => (report += part));
    return { passed, report };
  } finally {
    if (context !== undefined) process.env["NODE_TEST_CONTEXT"] = context;
    await rm(folder, { recursive: true });
  }
}

test("a run in which all passed ends with node's own summary lines", async () => {
  const { passed, report } = await reportOf('test("a", () => {}); test("b", () => {});');
  assert.equal(passed, true);
  assert.match(report, /^✔ sample\.test\.ts \(2, \d+ ms\)$/m);
  assert.match(report, /^ℹ tests 2\n(?:ℹ .*\n)*ℹ pass 2\nℹ fail 0$/m);
});

test("a failure is told with its file, its name and its reason, and fails the run", async () => {
  const { passed, report } = await reportOf('test("breaks", () => { throw new Error("because of this"); });');
  assert.equal(passed, false);
  assert.match(report, /^✖ sample\.test\.ts:2 breaks\n {4}Error: because of this$/m);
  assert.match(report, /^ℹ fail 1$/m);
});

test("a file that cannot be loaded fails the run", async () => {
  const { passed, report } = await reportOf('import "./missing.ts";');
  assert.equal(passed, false);
  assert.match(report, /missing\.ts/);
});

test("skipped tests are told once for each reason", async () => {
  const { passed, report } = await reportOf(
    'for (const name of "ab") test(name, { skip: "no client here" }, () => {});',
  );
  assert.equal(passed, true);
  assert.match(report, /^﹣ skipped 2: no client here$/m);
});
