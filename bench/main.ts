import { buildGenerator, type Measurement } from "./generator.ts";
import { describeMachine } from "./machine.ts";
import { measure } from "./measure.ts";
import { medianOf } from "./median.ts";
import { type BenchOptions, readOptions } from "./options.ts";
import { type Peer, peerOver, referencePeer } from "./peers.ts";
import { formatOutcomes, type Outcome } from "./report.ts";
import { appendResult } from "./results.ts";
import type { Workload } from "./workload.ts";

const ours = "akasa";

/** Peers take turns within each repetition, so that a slow minute of the machine hits all of them. */
async function runWorkload(workload: Workload, options: BenchOptions): Promise<Outcome[]> {
  const peers = options.peers
    .filter((peer) => peer.protocols.includes(workload.protocol))
    .flatMap((peer) => peerOver(peer, workload.carrier) ?? []);
  const runs = new Map<Peer, Measurement[]>(peers.map((peer) => [peer, []]));
  const failures = new Map<Peer, string>();
  for (let round = 1; round <= options.repeat; round++) {
    for (const [peer, measured] of runs) {
      if (failures.has(peer)) continue;
      process.stderr.write(`  run ${round} of ${options.repeat}: ${peer.name}\n`);
      try {
        measured.push(await measure(workload, peer, options.seconds));
      } catch (error) {
        failures.set(peer, error instanceof Error ? error.message : String(error));
      }
    }
  }
  return [...runs].map(([peer, measured]) => {
    const failure = failures.get(peer);
    return { peer: peer.name, failure, median: failure === undefined ? medianOf(measured) : undefined };
  });
}

function referenceCpu(outcomes: readonly Outcome[]): number | undefined {
  return outcomes.find((outcome) => outcome.peer === referencePeer)?.median?.["cpu_us"];
}

function record(workload: Workload, outcomes: readonly Outcome[], options: BenchOptions): void {
  const machine = describeMachine();
  const reference = referenceCpu(outcomes);
  for (const { peer: name, median } of outcomes) {
    const peer = options.peers.find((candidate) => candidate.name === name);
    if (median === undefined || peer === undefined) continue;
    const { repeat, seconds } = options;
    const ratio = reference === undefined ? null : (median["cpu_us"] ?? 0) / reference;
    const about = { workload: workload.name, peer: name, version: peer.version(), unit: workload.unit };
    appendResult({ date: new Date().toISOString(), ...machine, ...about, repeat, seconds, ratio, median });
  }
}

function failed(outcome: Outcome): boolean {
  return (
    outcome.median === undefined || ["lost", "gaps", "duplicates"].some((fault) => (outcome.median?.[fault] ?? 0) > 0)
  );
}

async function run(options: BenchOptions): Promise<boolean> {
  let sound = true;
  buildGenerator();
  for (const workload of options.workloads) {
    process.stdout.write(`\n${workload.name}: ${workload.title}; CPU per ${workload.unit}\n`);
    const outcomes = await runWorkload(workload, options);
    const reference = referenceCpu(outcomes);
    const ratioOf = (outcome: Outcome): number | undefined =>
      reference === undefined ? undefined : (outcome.median?.["cpu_us"] ?? Number.NaN) / reference;
    process.stdout.write(`${formatOutcomes(outcomes, ratioOf)}\n`);
    if (options.record) record(workload, outcomes, options);
    sound &&= !outcomes.some((outcome) => outcome.peer === ours && failed(outcome));
  }
  return sound;
}

// Leaving by exit() ends the brokers under measurement.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === "string") process.stdout.write(options);
  else if (!(await run(options))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
