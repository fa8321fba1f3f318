import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";

const kit = new URL("temporary-folder.ts", import.meta.url).href;

for (const [ending, code] of [
  ["has passed", ""],
  ["has failed", "throw new Error('a test failed')"],
] as const) {
  test(`the folders of a test that ${ending} go with its process, and all that is in them`, () => {
    const program = `
      import { mkdirSync, writeFileSync } from "node:fs";
      import { temporaryFolder } from ${JSON.stringify(kit)};
      const folders = [temporaryFolder("kit"), temporaryFolder("kit")];
      mkdirSync(folders[0] + "/a/b", { recursive: true });
      writeFileSync(folders[0] + "/a/b/file", "text");
      console.log(folders.join("\\n"));
      ${code}`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
    const folders = stdout.trim().split("\n");
    assert.equal(new Set(folders).size, 2);
    assert.deepEqual(
      folders.filter((folder) => existsSync(folder)),
      [],
    );
  });
}
