import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

// The tests of the native transport with an addon that watches its memory and its arithmetic (AddressSanitizer and
// UndefinedBehaviorSanitizer). Not part of `npm run check`: it takes a minute.

const root = join(import.meta.dirname, "..");
const folder = join(root, "native/.build/sanitized/");
const tests = [
  "src/transport/channel-contract.test.ts",
  "src/transport/listener.test.ts",
  "src/transport/native-transport.test.ts",
];

/** The library that has to be loaded before everything else; undefined where the compiler has none. */
function runtimeLibrary(): string | undefined {
  const { error, stdout } = spawnSync("g++", ["-print-file-name=libasan.so"], { encoding: "utf8" });
  const file = error === undefined ? stdout.trim() : "";
  return file.startsWith("/") && existsSync(file) ? file : undefined;
}

function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  const options = { cwd: root, stdio: "inherit", env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, words, options).status === 0;
}

function main(library: string): boolean {
  mkdirSync(folder, { recursive: true });
  if (!run(["native/install.js", "--sanitize", join(folder, "akasa-transport.node")])) return false;
  return run(["--test", "--test-reporter=dot", ...tests], {
    LD_PRELOAD: library,
    TEST_ADDON_FOLDER: folder,
    // Node itself does not free everything at its end, and uses memory in ways that this cannot know.
    ASAN_OPTIONS: "detect_leaks=0:abort_on_error=1:halt_on_error=1",
    UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
  });
}

const library = runtimeLibrary();
if (library === undefined) process.stdout.write("skipped: g++ with libasan.so is missing (apt-get install g++)\n");
else if (main(library)) process.stdout.write("\nthe native transport is clean\n");
else process.exitCode = 1;
