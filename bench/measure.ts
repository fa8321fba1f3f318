import { startBroker } from "./broker-process.ts";
import { type Measurement, runGenerator } from "./generator.ts";
import type { Peer } from "./peers.ts";
import type { Workload } from "./workload.ts";

/** As in generator/carrier.h. */
const carrierNumbers = { tls: 1, ws: 2 } as const;

/** Warm-up lets a JIT compile what the measured time then runs. */
const warmupSeconds = 2;

async function runOnce(
  workload: Workload,
  options: Readonly<Record<string, number>>,
  peer: Peer,
): Promise<Measurement> {
  const carrier = workload.carrier === undefined ? 0 : carrierNumbers[workload.carrier];
  const broker = await startBroker(peer, { onAllCores: peer.onAllCores === true });
  try {
    return await runGenerator({
      workload: workload.generator,
      options: { ...options, port: broker.port, broker: broker.pid, version: workload.protocol, carrier },
    });
  } finally {
    await broker.stop();
  }
}

function derive(measured: Measurement, unit: Workload["unit"]): Measurement {
  const units = (unit === "connection" ? measured["connections"] : undefined) ?? measured["delivered"] ?? 0;
  const seconds = measured["seconds"] ?? 0;
  return {
    ...measured,
    cpu_us: (measured["broker_cpu_us"] ?? 0) / units,
    generator_us: (measured["generator_cpu_us"] ?? 0) / units,
    ...(measured["delivered"] === undefined ? {} : { rate: units / seconds }),
    broker_busy: (measured["broker_cpu_us"] ?? 0) / 1e6 / seconds,
    generator_busy: (measured["generator_cpu_us"] ?? 0) / 1e6 / seconds,
  };
}

/** Puts one workload on one peer, each time on a broker that was started for it. */
export async function measure(workload: Workload, peer: Peer, seconds: number): Promise<Measurement> {
  const options = { milliseconds: seconds * 1000, warmup: warmupSeconds * 1000, ...workload.options };
  if (workload.baseline === undefined) return derive(await runOnce(workload, options, peer), workload.unit);
  const baseline = await runOnce(workload, { ...options, ...workload.baseline }, peer);
  const measured = await runOnce(workload, options, peer);
  const before = baseline["latency_p99_us"] ?? 0;
  const now = measured["latency_p99_us"] ?? 0;
  return { ...derive(measured, workload.unit), baseline_latency_p99_us: before, p99_ratio: now / before };
}
