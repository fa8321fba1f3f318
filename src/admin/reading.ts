import { performance } from "node:perf_hooks";
import type { Broker, BrokerAuthentication, BrokerGauges, QueuedTotals } from "../broker/mod.ts";
import type { HookStatistics } from "../hooks/mod.ts";
import type { Statistics } from "../session/mod.ts";

/** Everything that one scrape tells, taken together at its end. */
export interface Reading {
  readonly statistics: Statistics;
  readonly gauges: BrokerGauges;
  readonly authentication: BrokerAuthentication;
  readonly journal: Broker["journal"];
  readonly hooks: HookStatistics;
  readonly queued: QueuedTotals;
  readonly memory: NodeJS.MemoryUsage;
  /** Microseconds since the process began. */
  readonly cpu: NodeJS.CpuUsage;
  /** Milliseconds since the loop began. */
  readonly loop: { readonly active: number; readonly idle: number };
  /** Seconds since 1970. */
  readonly processStart: number;
  readonly build: Build;
  readonly transport: Broker["transport"];
}

/** What is running. */
export interface Build {
  readonly version: string;
  readonly nodeId: string;
}

/** Reads a broker and its process. The broker goes on meanwhile. */
export async function read(broker: Broker, build: Build): Promise<Reading> {
  const queued = await broker.queued();
  return {
    statistics: broker.statistics,
    gauges: broker.gauges(),
    authentication: broker.authentication,
    journal: broker.journal,
    hooks: broker.hookStatistics,
    queued,
    memory: process.memoryUsage(),
    cpu: process.cpuUsage(),
    loop: performance.eventLoopUtilization(),
    processStart: performance.timeOrigin / 1000,
    build,
    transport: broker.transport,
  };
}
