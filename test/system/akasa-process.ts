import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Finished, run, shardsUnderTest, temporaryFolder, transportUnderTest } from "../kit/mod.ts";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A broker where clients that nobody here wrote connect to. */
export interface Endpoint extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** `akasa` as its own process, as a user starts it. */
export interface AkasaProcess extends Endpoint {
  /** Resolves when the process printed a line that fits; also one that came before the call. */
  line(pattern: RegExp): Promise<string>;
  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void;
  /** Asks it to stop with SIGTERM and returns what it printed, and its exit code. */
  stop(): Promise<Finished>;
}

/** Runs one command of `akasa` to its end, or beside the test. */
export function akasa(...argv: readonly string[]): ReturnType<typeof run> {
  return run(process.execPath, [main, ...argv], { within: 60_000 });
}

/** The same by way of a program that changes what the command may do. */
function akasaBy(wrapper: readonly string[], ...argv: readonly string[]): ReturnType<typeof run> {
  const [program = process.execPath, ...words] = [...wrapper, process.execPath, main, ...argv];
  return run(program, words, { within: 60_000 });
}

/** The transport that TEST_TRANSPORT names, unless the test chose one. */
function transportLine(yaml: string): string {
  const { transport } = transportUnderTest();
  return transport === undefined || /^transport:/m.test(yaml) ? "" : `transport: ${transport}\n`;
}

/** The shards that TEST_SHARDS asks for, where the test keeps everything in memory as the others do. */
function shardsLine(yaml: string, wrapper: readonly string[]): string {
  const shards = shardsUnderTest();
  const own = /^(shards|durability):/m.test(yaml) || wrapper.some((word) => word.startsWith("AKASA_DURABILITY="));
  const memory = process.env["AKASA_DURABILITY"] === "memory" && !own;
  return shards === 1 || !memory ? "" : `shards: ${shards}\n`;
}

/** Starts `akasa start --config FILE`; `yaml` is the file without the listener, which is a free loopback port. */
export async function startAkasaProcess(yaml = "", wrapper: readonly string[] = []): Promise<AkasaProcess> {
  const folder = temporaryFolder("system");
  const file = join(folder, "akasa.yaml");
  const listeners = "listeners:\n  mqtt:\n    addr: 127.0.0.1:0\n";
  await writeFile(
    file,
    `${listeners}data_dir: ${join(folder, "data")}\n${transportLine(yaml)}${shardsLine(yaml, wrapper)}${yaml}`,
  );
  const child = akasaBy(wrapper, "start", "--config", file);
  // As a line of text and as JSON, in which the message stands last.
  const listening = await child.line(/^(?=.*listening)(?=.*mqtt).*127\.0\.0\.1:\d+/);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(listening)?.[1]);
  assert.ok(port > 0, listening);
  const stop = async (): Promise<Finished> => {
    await child.stop();
    return child.finished;
  };
  return {
    host: "127.0.0.1",
    port,
    line: (pattern) => child.line(pattern),
    signal: (name) => child.signal(name),
    stop,
    async [Symbol.asyncDispose]() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
