import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { type AllocationBudget, readBudget, withinBudget, writeBudget } from "./allocation-budget.ts";
import { startBroker } from "./broker-process.ts";
import { buildGenerator, type Measurement, runGenerator } from "./generator.ts";
import { medianOf } from "./median.ts";
import { peers, type Peer } from "./peers.ts";
import { selectWorkloads } from "./select-workloads.ts";
import type { Workload } from "./workload.ts";

const usage = `node bench/allocations.ts [--peer NAME] [--update]

  Measures the bytes that V8 allocates per delivered message in each workload of bench/allocations.json
  and fails when one is above its budget three times in a row: what a wake-up costs is shared by the messages it
  brings, fewer on a busy machine, so that noise only ever adds. --update writes medians of three as the new budget.
`;

const warmupMilliseconds = 1500;
const measuredMilliseconds = 1000;
const attemptsMax = 3;

function reporting(peer: Peer): Peer {
  const command = peer.command.flatMap((word) =>
    word === "{node}" ? [word, "--import", "./bench/peers/heap-report.ts"] : [word],
  );
  return { ...peer, command };
}

async function allocatedBytes(child: ChildProcess): Promise<number> {
  const answer = once(child, "message");
  child.send("heap");
  const [bytes] = await answer;
  return Number(bytes);
}

async function bytesPerMessage(workload: Workload, peer: Peer): Promise<number> {
  const broker = await startBroker(reporting(peer), { withMessages: true });
  try {
    const reports: Promise<number>[] = [];
    const options = { ...workload.options, port: broker.port, broker: broker.pid, version: workload.protocol };
    const measured = await runGenerator({
      workload: workload.generator,
      options: { ...options, warmup: warmupMilliseconds, milliseconds: measuredMilliseconds },
      onMark: () => reports.push(allocatedBytes(broker.child)),
    });
    const [begin = Number.NaN, end = Number.NaN] = await Promise.all(reports);
    return (end - begin) / (measured["delivered"] ?? 0);
  } finally {
    await broker.stop();
  }
}

function show(name: string, bytes: number, verdict: string): void {
  process.stdout.write(`${name.padEnd(20)}${bytes.toFixed(1).padStart(10)} bytes a message: ${verdict}\n`);
}

async function check(peer: Peer, budget: AllocationBudget): Promise<boolean> {
  let sound = true;
  for (const [workload, budgeted] of budgetedWorkloads(budget)) {
    let lowest = Number.POSITIVE_INFINITY;
    let within = false;
    for (let attempt = 0; attempt < attemptsMax && !within; attempt++) {
      lowest = Math.min(lowest, await bytesPerMessage(workload, peer));
      within = withinBudget(lowest, budgeted, budget.tolerancePercent);
    }
    show(workload.name, lowest, within ? `within ${budgeted}` : `ABOVE THE BUDGET of ${budgeted}`);
    sound &&= within;
  }
  return sound;
}

async function update(peer: Peer, budget: AllocationBudget): Promise<void> {
  const measured: Record<string, number> = {};
  for (const [workload] of budgetedWorkloads(budget)) {
    const runs: Measurement[] = [];
    while (runs.length < attemptsMax) runs.push({ bytes: await bytesPerMessage(workload, peer) });
    const bytes = medianOf(runs)["bytes"] ?? 0;
    measured[workload.name] = Math.round(bytes * 10) / 10;
    show(workload.name, bytes, "the new budget");
  }
  writeBudget({ ...budget, bytesPerMessage: measured });
}

function budgetedWorkloads(budget: AllocationBudget): [Workload, number][] {
  return Object.entries(budget.bytesPerMessage).flatMap(([name, bytes]) =>
    selectWorkloads(name).map((workload): [Workload, number] => [workload, bytes]),
  );
}

const { values } = parseArgs({
  options: {
    peer: { type: "string", default: "akasa" },
    update: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const peer = peers.get(values.peer);
if (values.help || peer === undefined) {
  process.stdout.write(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  buildGenerator();
  if (values.update) await update(peer, readBudget());
  else if (!(await check(peer, readBudget()))) process.exitCode = 1;
}
