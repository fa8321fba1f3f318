import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a run measured, by the names of generator/measure.c. */
export type Measurement = Readonly<Record<string, number>>;

/** One run of the generator. */
export interface GeneratorRun {
  readonly workload: string;
  readonly options: Readonly<Record<string, number>>;
  /** Called when the measured time begins and when it ends. */
  readonly onMark?: (mark: "begin" | "end") => void;
}

const sources = fileURLToPath(new URL("generator/", import.meta.url));
const build = fileURLToPath(new URL(".build/", import.meta.url));
const binary = `${build}generator`;
const opensslHeader = "/usr/include/openssl/ssl.h";
const runMilliseconds = 600_000;

function newest(paths: readonly string[]): number {
  return Math.max(...paths.map((path) => statSync(path).mtimeMs));
}

function isCurrent(files: readonly string[]): boolean {
  const built = statSync(binary, { throwIfNoEntry: false });
  return built !== undefined && built.mtimeMs > newest(files.map((file) => sources + file));
}

/** Compiles the generator when its sources are newer than the program. */
export function buildGenerator(): void {
  if (process.platform !== "linux") throw new Error("the benchmarks need Linux (epoll, /proc, taskset)");
  const files = readdirSync(sources);
  if (isCurrent(files)) return;
  const code = files.filter((file) => file.endsWith(".c")).map((file) => sources + file);
  const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];
  // The workloads over TLS need it, and say so.
  const tls = existsSync(opensslHeader) ? ["-DWITH_TLS", "-lssl", "-lcrypto"] : [];
  mkdirSync(build, { recursive: true });
  try {
    execFileSync("cc", [...flags, ...code, "-o", binary, ...tls], { stdio: ["ignore", "inherit", "inherit"] });
  } catch (error) {
    if (typeof error !== "object" || error === null || !("code" in error) || error.code !== "ENOENT") throw error;
    throw new Error(
      "the load generator is a C program and no C compiler (cc) was found: apt-get install gcc libc6-dev",
      {
        cause: error,
      },
    );
  }
}

function isMeasurement(value: unknown): value is Measurement {
  return (
    typeof value === "object" && value !== null && Object.values(value).every((field) => typeof field === "number")
  );
}

/** Runs the generator on the second core. Its complaint becomes the error's message. */
export async function runGenerator(run: GeneratorRun): Promise<Measurement> {
  const options = Object.entries(run.options).map(([name, value]) => `${name}=${Math.round(value)}`);
  const child = spawn("taskset", ["-c", "1", binary, run.workload, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runMilliseconds,
  });
  let output = "";
  let complaint = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    const text = chunk.toString();
    complaint += text;
    for (const mark of ["begin", "end"] as const) if (text.includes(`mark ${mark}\n`)) run.onMark?.(mark);
  });
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(complaint.trim() || `the generator was stopped by ${child.signalCode}`);
  const measurement: unknown = JSON.parse(output);
  if (!isMeasurement(measurement)) throw new Error(`the generator printed ${output}`);
  return measurement;
}
