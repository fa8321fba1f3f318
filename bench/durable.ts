import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BrokerProcess, startBroker } from "./broker-process.ts";
import { buildGenerator, type Measurement, runGenerator } from "./generator.ts";
import { describeMachine } from "./machine.ts";
import { medianOf } from "./median.ts";
import { type Peer, peers } from "./peers.ts";
import { shortNumber } from "./report.ts";
import { appendResult } from "./results.ts";

const usage = `node bench/durable.ts [options]

  What keeping messages on the disk costs, with a flush of the disk before each acknowledgement. The folder is on the
  disk that --folder names; a file system in memory proves nothing.

  write             QoS 1 messages of 200 bytes for 1000 sessions that are away, 256 publishers with one under way each,
                    then a single publisher
  backlog           a million of them; then a broker that starts with them, and the sessions come back: one after the
                    other, and (from a copy of the backlog) all at once
  --only NAME       one of the two
  --messages N      length of the backlog (default 1,000,000)
  --repeat N        runs of write, the median counts (default 3)
  --seconds N       measured time of one run of write (default 5)
  --folder PATH     where data folders are made (default ${tmpdir()})
  --no-record       do not append to bench/results.ndjson
`;

const sessions = 1000;
const payload = 200;

interface DurableOptions {
  readonly only: string | undefined;
  readonly messages: number;
  readonly repeat: number;
  readonly seconds: number;
  readonly folder: string;
  readonly record: boolean;
}

function readWords(): DurableOptions | null {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      only: { type: "string" },
      messages: { type: "string", default: "1000000" },
      repeat: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      folder: { type: "string", default: tmpdir() },
      record: { type: "boolean", default: true },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const [messages, repeat, seconds] = [values.messages, values.repeat, values.seconds].map(Number) as [
    number,
    number,
    number,
  ];
  return { only: values.only, messages, repeat, seconds, folder: values.folder, record: values.record };
}

function akasa(): Peer {
  const peer = peers.get("akasa");
  if (peer === undefined) throw new Error("akasa is not among the peers");
  return peer;
}

/** Resident memory of a process by kind, and the most that it ever was. */
function memoryOf(pid: number): Measurement {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  return {
    rss_bytes: bytes("VmRSS"),
    rss_peak_bytes: bytes("VmHWM"),
    rss_anonymous_bytes: bytes("RssAnon"),
    rss_file_bytes: bytes("RssFile"),
  };
}

const generate = async (
  broker: BrokerProcess,
  workload: string,
  options: Record<string, number>,
): Promise<Measurement> => {
  const about = { port: broker.port, broker: broker.pid, subscribers: sessions, payload };
  return { ...(await runGenerator({ workload, options: { ...about, ...options } })), ...memoryOf(broker.pid) };
};

function withRates(measured: Measurement): Measurement {
  const { delivered = 0, seconds = 1, broker_cpu_us = 0 } = measured;
  return { ...measured, rate: delivered / seconds, cpu_us: broker_cpu_us / delivered };
}

const megabytes = (bytes: number | undefined): string => `${shortNumber((bytes ?? 0) / 1e6)} MB`;

function tell(name: string, measured: Measurement, options: DurableOptions): void {
  const faults = ["lost", "gaps", "duplicates"].filter((fault) => (measured[fault] ?? 0) > 0);
  const parts = [
    measured["rate"] === undefined ? "" : `${shortNumber(measured["rate"])} per s`,
    measured["cpu_us"] === undefined ? "" : `${shortNumber(measured["cpu_us"])} us CPU`,
    measured["latency_p50_us"] === undefined
      ? ""
      : `p50 ${shortNumber(measured["latency_p50_us"])}, p99 ${shortNumber(measured["latency_p99_us"])} us`,
    measured["start_seconds"] === undefined ? "" : `listens after ${shortNumber(measured["start_seconds"])} s`,
    `RSS ${megabytes(measured["rss_bytes"])} (of it files ${megabytes(measured["rss_file_bytes"])}), ` +
      `peak ${megabytes(measured["rss_peak_bytes"])}`,
    (measured["others_cores"] ?? 0) > 0.1 ? `other processes used ${shortNumber(measured["others_cores"])} cores` : "",
    ...faults.map((fault) => `${measured[fault]} ${fault.toUpperCase()}`),
  ];
  process.stdout.write(`${name.padEnd(28)}${parts.filter((part) => part !== "").join("; ")}\n`);
  if (faults.length > 0) process.exitCode = 1;
  if (!options.record) return;
  const about = { workload: name, peer: "akasa", version: akasa().version(), unit: "message" };
  const { repeat, seconds } = options;
  appendResult({
    date: new Date().toISOString(),
    ...describeMachine(),
    ...about,
    repeat,
    seconds,
    ratio: null,
    median: measured,
  });
}

/** Runs `body` with a broker on the folder. */
async function withBroker<T>(dataFolder: string, body: (broker: BrokerProcess) => Promise<T>): Promise<T> {
  // On all cores: flushes and merging of files are work for the others.
  const broker = await startBroker(akasa(), { dataFolder, onAllCores: true });
  try {
    return await body(broker);
  } finally {
    await broker.stop();
  }
}

async function write(options: DurableOptions): Promise<void> {
  for (const publishers of [256, 1]) {
    const runs: Measurement[] = [];
    for (let round = 0; round < options.repeat; round++) {
      const folder = mkdtempSync(join(options.folder, "akasa-durable-"));
      const load = { publishers, count: 0, milliseconds: options.seconds * 1000, warmup: 2000 };
      runs.push(withRates(await withBroker(folder, (broker) => generate(broker, "durable-write", load))));
      rmSync(folder, { recursive: true, force: true });
    }
    tell(`durable-write-${publishers}`, medianOf(runs), options);
  }
}

async function fill(options: DurableOptions): Promise<string> {
  const folder = mkdtempSync(join(options.folder, "akasa-durable-"));
  const load = { publishers: 256, count: options.messages };
  const measured = await withBroker(folder, (broker) => generate(broker, "durable-write", load));
  tell("durable-backlog-fill", withRates(measured), options);
  return folder;
}

async function backlog(options: DurableOptions): Promise<void> {
  const full = await fill(options);
  for (const window of [1, sessions]) {
    const folder = mkdtempSync(join(options.folder, "akasa-durable-"));
    cpSync(full, folder, { recursive: true });
    const before = performance.now();
    await withBroker(folder, async (broker) => {
      const started = { start_seconds: (performance.now() - before) / 1000 };
      tell("durable-backlog-start", { ...started, ...memoryOf(broker.pid) }, options);
      const measured = await generate(broker, "durable-read", { count: options.messages, window });
      tell(`durable-backlog-drain-${window}`, withRates(measured), options);
    });
    rmSync(folder, { recursive: true, force: true });
  }
  rmSync(full, { recursive: true, force: true });
}

const options = readWords();
if (options === null) {
  process.stdout.write(usage);
} else {
  buildGenerator();
  if (options.only !== "backlog") await write(options);
  if (options.only !== "write") await backlog(options);
}
