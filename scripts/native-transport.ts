import { spawnSync } from "node:child_process";
import { join } from "node:path";

const script = join(import.meta.dirname, "../native/install.js");

/**
 * Builds the native transport anew where its source has changed since `npm ci`. Where that is impossible it says why;
 * what needs it is skipped then.
 */
export function provideNativeTransport(): void {
  spawnSync(process.execPath, [script], { stdio: "inherit" });
}
