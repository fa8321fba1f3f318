import { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { parseArgs } from "node:util";
import { provideDebianPrograms } from "./debian-programs.ts";
import { provideNativeTransport } from "./native-transport.ts";
import { isTestGroup, testFilesOf, testGroups } from "./test-groups.ts";
import { reportTests } from "./test-report.ts";

const usage = `npm test -- [--name REGEX] [--door DOOR] [--shards N] [group or file...]

Groups: ${Object.keys(testGroups).join(", ")}; without one all of them run.
  --name REGEX   only tests whose name fits
  --door DOOR    clients of the tests of the standard come by tcp (default), tls, websocket or proxy (behind a PROXY
                 header); when all tests are run, those of the standard are run by the first three
  --shards N     brokers have so many shards, in threads, and clients of one test are on different ones; when all tests
                 are run, those of the standard and those of the whole system are run with two as well
`;

/** A file that still runs then is stuck: on a machine with nothing else to do the longest takes 20 seconds. */
const fileSecondsMax = 300;

const root = join(import.meta.dirname, "..");

/** Explicit lists of files: the default of node --test would also execute what merely lies beside them. */
function filesOf(wanted: readonly string[]): string[] {
  const groups = Object.keys(testGroups).filter(isTestGroup);
  if (wanted.length === 0) return groups.flatMap(testFilesOf);
  return wanted.flatMap((name) => {
    if (!isTestGroup(name)) {
      if (name.endsWith(".test.ts")) return [name];
      throw new Error(`${name} is neither a group of tests nor a test file\n\n${usage}`);
    }
    const files = testFilesOf(name);
    if (files.length === 0) throw new Error(`the group ${name} has no tests`);
    return files;
  });
}

/**
 * Ends the processes of test files that are stuck, in a loop or because something in them keeps the process alive: the
 * time limit of node:test sees neither. Node announces each process that it starts on this channel.
 */
function endStuckFiles(): void {
  subscribe("child_process", (message) => {
    const { process: child } = message as { readonly process: unknown };
    if (!(child instanceof ChildProcess)) return;
    const deadline = setTimeout(() => {
      process.stdout.write(
        `✖ ${child.spawnargs.at(-1)} still runs after ${fileSecondsMax} s: it is stuck, and ended\n`,
      );
      child.kill("SIGKILL");
    }, fileSecondsMax * 1000);
    child.once("exit", () => clearTimeout(deadline));
  });
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: "string" },
      door: { type: "string" },
      shards: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return true;
  }
  const files = filesOf(positionals);
  if (files.some((file) => file.startsWith("test/system/"))) provideDebianPrograms();
  provideNativeTransport();
  // Tests that start `akasa` and are not about durability leave no data folder behind.
  process.env["AKASA_DURABILITY"] ??= "memory";
  // Nor do they count what the broker tells of itself.
  process.env["AKASA_SYS_INTERVAL_SECONDS"] ??= "0";
  // Hundreds of processes load the same sources: what each would compile anew, they find here.
  process.env["NODE_COMPILE_CACHE"] ??= join(root, "node_modules/.cache/compiled");
  if (values.shards !== undefined) process.env["TEST_SHARDS"] = values.shards;
  endStuckFiles();
  if (!(await runFiles(files, values.name, values.door ?? "tcp"))) return false;
  if (values.door !== undefined || positionals.length > 0) return true;
  for (const door of ["tls", "websocket"]) {
    process.stdout.write(`\nThe tests of the standard once more, by ${door}:\n`);
    if (!(await runFiles(testFilesOf("conformance"), values.name, door))) return false;
  }
  if (values.shards !== undefined) return true;
  process.stdout.write("\nThe tests of the standard and of the whole system once more, with two shards:\n");
  process.env["TEST_SHARDS"] = "2";
  return runFiles([...testFilesOf("conformance"), ...testFilesOf("system")], values.name, "tcp");
}

/** Runs the files in processes of their own, whose clients come to the broker by `door`. */
function runFiles(files: readonly string[], name: string | undefined, door: string): Promise<boolean> {
  process.env["TEST_DOOR"] = door;
  const events = run({
    cwd: root,
    files: files.map((file) => join(root, file)),
    // Most of a test's time is waiting for a socket, so all cores may be used.
    concurrency: availableParallelism(),
    ...(name === undefined ? {} : { testNamePatterns: [new RegExp(name)] }),
  });
  return reportTests(events, root);
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`test: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
