import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { type AllocationBudget, readBudget, withinBudget, writeBudget } from "./allocation-budget.ts";
import { startBroker } from "./broker-process.ts";
import { buildGenerator, runGenerator } from "./generator.ts";
import { peers, type Peer } from "./peers.ts";
import { selectWorkloads } from "./select-workloads.ts";
import type { Workload } from "./workload.ts";

const usage = `node bench/allocations.ts [--peer NAME] [--update]

  Measures the bytes that V8 allocates per delivered message in each workload of bench/allocations.json
  and fails when one is above its budget. --update writes what was measured as the new budget.
`;

const warmupMilliseconds = 2000;
const measuredMilliseconds = 1500;

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

async function run(peer: Peer): Promise<{ readonly measured: Record<string, number>; readonly sound: boolean }> {
  const budget = readBudget();
  const measured: Record<string, number> = {};
  let sound = true;
  for (const [name, budgeted] of Object.entries(budget.bytesPerMessage)) {
    for (const workload of selectWorkloads(name)) {
      const bytes = await bytesPerMessage(workload, peer);
      const within = withinBudget(bytes, budgeted, budget.tolerancePercent);
      sound &&= within;
      measured[name] = Math.round(bytes * 10) / 10;
      const verdict = within ? "ok" : "ABOVE BUDGET";
      process.stdout.write(
        `${name.padEnd(20)}${bytes.toFixed(1).padStart(10)} bytes, budget ${budgeted}: ${verdict}\n`,
      );
    }
  }
  return { measured, sound };
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
  const { measured, sound } = await run(peer);
  const updated: AllocationBudget = { ...readBudget(), bytesPerMessage: measured };
  if (values.update) writeBudget(updated);
  else if (!sound) process.exitCode = 1;
}
