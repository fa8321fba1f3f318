import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The folders that go when this process does. */
const folders: string[] = [];

/**
 * A new empty folder for a test. It is removed when the test's process ends, with all that is in it; a test that fills
 * a disk removes it sooner.
 *
 * @param purpose stands in its name, for whoever finds it while the test runs
 */
export function temporaryFolder(purpose: string): string {
  const folder = mkdtempSync(join(tmpdir(), `akasa-${purpose}-`));
  if (folders.push(folder) === 1) process.once("exit", removeAll);
  return folder;
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
