import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { SkipTest } from "./skip-test.ts";

/** A program's whole run. */
export interface Finished {
  /** The exit code; null when a signal ended it. */
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A client program that runs beside the test. */
export interface RealClient {
  /** Resolves when standard output or standard error brought a line that fits; also one that came before the call. */
  line(pattern: RegExp): Promise<string>;
  /** Sends the program a signal. */
  signal(name: NodeJS.Signals): void;
  /** Gives the program text on its standard input and ends that input. */
  feed(text: string): void;
  /** Resolves when the program has ended. Rejects when that took too long: the program is killed then. */
  finished: Promise<Finished>;
  /** Asks the program to end and waits for it. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a run may be told beside its arguments. */
export interface RunOptions {
  /** Milliseconds after which the program is killed and the run has failed; 60 s if not given. */
  readonly within?: number;
}

/** mosquitto_sub with these arguments. `-d` makes it print "Subscribed", which says when to publish. */
export function mosquittoSub(argv: readonly string[], options: RunOptions = {}): RealClient {
  // Its lines would otherwise stay in a buffer of the C library until it ends: standard output is a pipe here.
  const program = locate("/usr/bin/mosquitto_sub", "mosquitto-clients");
  return run(locate("/usr/bin/stdbuf", "coreutils"), ["-oL", program, ...argv], options);
}

/** mosquitto_pub with these arguments. */
export function mosquittoPub(argv: readonly string[], options: RunOptions = {}): RealClient {
  return run(locate("/usr/bin/mosquitto_pub", "mosquitto-clients"), argv, options);
}

/** mosquitto_passwd with these arguments. */
export function mosquittoPasswd(argv: readonly string[], options: RunOptions = {}): RealClient {
  return run(locate("/usr/bin/mosquitto_passwd", "mosquitto"), argv, options);
}

/** A Python program that may `import paho.mqtt.client`. Debian's Python is meant: others on the machine lack paho. */
export async function paho(
  program: string,
  argv: readonly string[] = [],
  options: RunOptions = {},
): Promise<RealClient> {
  const python = locate("/usr/bin/python3", "python3");
  const probe = await run(python, ["-c", "import paho.mqtt.client"], options).finished;
  if (probe.exitCode !== 0) throw new SkipTest("paho is not installed (Debian package python3-paho-mqtt)");
  return run(python, ["-u", "-c", program, ...argv], options);
}

/** A program with a deadline. */
export function run(program: string, argv: readonly string[], { within = 60_000 }: RunOptions = {}): RealClient {
  const child = spawn(program, argv, { stdio: "pipe" });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const text = { output: "", errors: "" };
  let ended = false;
  const wake = (): void => {
    for (const check of waiting) check();
  };
  for (const [stream, key] of [
    [child.stdout, "output"],
    [child.stderr, "errors"],
  ] as const) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      text[key] += `${line}\n`;
      wake();
    });
  }
  // A program that ended early no longer reads; its exit code tells what happened.
  child.stdin.on("error", () => {});
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const finished = new Promise<Finished>((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${program} did not end within ${within} ms:\n${text.output}${text.errors}`));
    }, within);
    child.once("error", reject);
    child.once("close", (exitCode) => {
      clearTimeout(deadline);
      process.off("exit", killAtExit);
      ended = true;
      resolve({ exitCode, ...text });
      wake();
    });
  });
  // Whoever awaits `finished` gets the failure; a test that only looked at lines must not die of it later.
  finished.catch(() => wake());
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await finished.catch(() => {
      // Ended all the same; what went wrong was told to whoever awaited `finished` or a line.
    });
  };
  return {
    finished,
    // Not child.kill: that counts as ended.
    signal: (name) => void (child.pid !== undefined && process.kill(child.pid, name)),
    feed: (input) => void child.stdin.end(input),
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined && !ended && !child.killed) return;
          waiting.delete(check);
          if (found === undefined)
            reject(new Error(`${program} ended without ${pattern}:\n${text.output}${text.errors}`));
          else resolve(found);
        };
        waiting.add(check);
        check();
      }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function locate(path: string, debianPackage: string): string {
  if (!existsSync(path)) throw new SkipTest(`${path} is not installed (Debian package ${debianPackage})`);
  return path;
}
