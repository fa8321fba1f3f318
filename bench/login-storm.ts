import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type LoopTime, LoopTimes } from "./login-storm/loop-time.ts";
import { LoginStorm, stormUsers } from "../test/kit/login-storm.ts";
import { startBroker } from "./broker-process.ts";
import { peers } from "./peers.ts";

const usage = `node bench/login-storm.ts [--clients 5000] [--seconds 60] [--scrypt 16384,8,5] [--transport auto]

Clients that all connect at once, each with a user name of its own and a password that the broker has to hash, and that
come back after 1 to 10 s when it is busy. Prints how many were admitted in each tenth of the time, the latency of a
connected client that pings all the while, and how long the broker's event loop worked and waited for a core: those that
it waited for are the hashes, the storm and whatever else runs on the machine. It ends when all are admitted or the time
is over. --scrypt: cost, block size and parallelization of the password file; what \`akasa insert-password\` writes is
the default. --transport: as in the broker's configuration (io_uring, epoll, node).
`;

interface Storm {
  readonly clients: number;
  readonly seconds: number;
  readonly hashing: readonly [number, number, number];
  readonly transport: string;
}

function readStorm(): Storm | null {
  const { values } = parseArgs({
    options: {
      clients: { type: "string", default: "5000" },
      seconds: { type: "string", default: "60" },
      scrypt: { type: "string", default: "16384,8,5" },
      transport: { type: "string", default: "auto" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const [cost = 0, blockSize = 0, parallelization = 0] = values.scrypt.split(",").map(Number);
  return {
    clients: Number(values.clients),
    seconds: Number(values.seconds),
    hashing: [cost, blockSize, parallelization],
    transport: values.transport,
  };
}

function configOf(passwordFile: string, transport: string): string {
  return [
    `transport: ${transport}`,
    "listeners:",
    "  mqtt:",
    "    addr: 127.0.0.1:{port}",
    "    allow_anonymous: true",
    "auth:",
    "  enable: true",
    `  password_file: ${passwordFile}`,
  ].join("\n");
}

function percentile(sorted: readonly number[], part: number): string {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return `${value.toFixed(2)} ms`;
}

async function latenciesOf(bystander: Worker): Promise<number[]> {
  bystander.postMessage("");
  const [latencies] = (await once(bystander, "message")) as [number[]];
  return latencies.toSorted((a, b) => a - b);
}

function line(name: string, latencies: readonly number[], loop: LoopTime | null = null): string {
  const parts = [`p50 ${percentile(latencies, 0.5)}`, `p99 ${percentile(latencies, 0.99)}`];
  const text = `${name.padEnd(28)} ${latencies.length} pings: ${parts.join(", ")}, longest ${percentile(latencies, 1)}`;
  return loop === null
    ? `${text}\n`
    : `${text}; loop worked ${Math.round(loop.worked)}, waited ${Math.round(loop.waited)} ms\n`;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function run({ clients, seconds, hashing, transport }: Storm): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "akasa-login-storm-"));
  const passwordFile = join(folder, "passwords");
  writeFileSync(passwordFile, stormUsers(clients, hashing).join("\n"));
  // Not alone on a core, as the other benchmarks have it: hashing is work for the other cores.
  const peer = peers.get("akasa");
  if (peer === undefined) throw new Error("akasa is not among the peers");
  const broker = await startBroker({ ...peer, config: configOf(passwordFile, transport) }, { onAllCores: true });
  const bystander = new Worker(new URL("login-storm/bystander.ts", import.meta.url), {
    workerData: { port: broker.port },
  });
  try {
    // Another look after the first second, in which everything is slow.
    await pause(1000);
    await latenciesOf(bystander);
    const loop = new LoopTimes(broker.pid);
    await pause(10_000);
    process.stdout.write(line("before the storm", await latenciesOf(bystander), loop.next()));
    const started = performance.now();
    const after = (milliseconds: number, task: () => void): void => void setTimeout(task, milliseconds);
    const storm = new LoginStorm({
      port: broker.port,
      clients,
      retryMilliseconds: 1000,
      retryMillisecondsMax: 10_000,
      after,
    });
    const all: number[] = [];
    for (let part = 1, before = 0; part <= 10 && storm.admitted < clients; part++) {
      await Promise.race([storm.finished, pause((seconds * 1000) / 10)]);
      const latencies = await latenciesOf(bystander);
      all.push(...latencies);
      process.stdout.write(line(`${storm.admitted - before} of ${clients} admitted`, latencies, loop.next()));
      before = storm.admitted;
    }
    const spent = ((performance.now() - started) / 1000).toFixed(1);
    const summary = `${storm.admitted} in ${spent} s, ${storm.refusals} told to come back`;
    process.stdout.write(
      `${line(
        "during the storm",
        all.toSorted((a, b) => a - b),
      )}admitted: ${summary}\n`,
    );
    storm.end();
  } finally {
    await bystander.terminate();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const storm = readStorm();
if (storm === null) process.stdout.write(usage);
else await run(storm);
