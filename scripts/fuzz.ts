import { randomInt } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { FuzzOrder } from "./fuzz-worker.ts";

const usage = `npm run fuzz -- [--seconds N] [--seed S] [target...]

Runs the fuzz targets, one on each core at a time, each for N seconds (10), from seed S (without one: a new one each).
A target is named as it is listed, or by a part of that; without one all of them run.
`;

const root = join(import.meta.dirname, "..");

/** Seconds beyond its time that a target may take to notice that it is over. */
const graceSeconds = 60;

/** `codec/any-bytes` to the path of its file; the other files of a fuzz folder make the inputs. */
function findTargets(): Map<string, string> {
  const targets = new Map<string, string>();
  for (const file of globSync("src/**/fuzz/*.ts", { cwd: root, exclude: ["**/*.test.ts"] }).toSorted()) {
    if (!/^export (?:async function|function|const) run\b/m.test(readFileSync(join(root, file), "utf8"))) continue;
    targets.set(file.slice("src/".length, -".ts".length).replace("/fuzz/", "/"), file);
  }
  return targets;
}

/** Runs one target in a thread of its own, so that one that hangs can be ended; resolves with the inputs it tried. */
async function runTarget(file: string, seconds: number, seed: number): Promise<number> {
  const order: FuzzOrder = {
    url: pathToFileURL(join(root, file)).href,
    budget: { seed, milliseconds: seconds * 1000 },
  };
  const worker = new Worker(new URL("fuzz-worker.ts", import.meta.url), { workerData: order });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the target ended without an answer")));
  const late = new Error(`seed ${seed}: one input hangs; ended after ${seconds + graceSeconds} s`);
  const deadline = setTimeout(() => reject(late), (seconds + graceSeconds) * 1000);
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    await worker.terminate();
  }
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "10" },
      seed: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return true;
  }
  const seconds = Number(values.seconds);
  const given = values.seed === undefined ? undefined : Number(values.seed);
  if (!(seconds > 0)) throw new Error(`--seconds takes a positive number\n\n${usage}`);
  if (given !== undefined && !Number.isInteger(given)) throw new Error(`--seed takes a whole number\n\n${usage}`);
  const targets = findTargets();
  const chosen = [...targets].filter(
    ([name]) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
  );
  if (chosen.length === 0) throw new Error(`no such target; there are ${[...targets.keys()].join(", ")}`);
  let failed = 0;
  const one = async (name: string, file: string): Promise<void> => {
    const seed = given ?? randomInt(0x7fff_ffff);
    // Printed before the run, so that it is known also where the target hangs.
    process.stdout.write(`${name}: ${seconds} s with --seed ${seed}\n`);
    try {
      process.stdout.write(`✔ ${name}: ${await runTarget(file, seconds, seed)} inputs\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`✖ ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.stdout.write(`  again: npm run fuzz -- --seconds ${seconds} --seed ${seed} ${name}\n`);
    }
  };
  const waiting = chosen.values();
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      // All take from the same iterator.
      for (const [name, file] of waiting) await one(name, file);
    }),
  );
  process.stdout.write(`${chosen.length - failed} of ${chosen.length} fuzz targets passed\n`);
  return failed === 0;
}

try {
  if (!(await main())) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
