import { performance } from "node:perf_hooks";
import type { Broker, BrokerReading } from "../broker/mod.ts";

/** Everything that one scrape tells, taken together at its end. */
export interface Reading extends BrokerReading {
  readonly memory: NodeJS.MemoryUsage;
  /** Microseconds since the process began. */
  readonly cpu: NodeJS.CpuUsage;
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
  const numbers = await broker.read();
  return {
    ...numbers,
    memory: process.memoryUsage(),
    cpu: process.cpuUsage(),
    processStart: performance.timeOrigin / 1000,
    build,
    transport: broker.transport,
  };
}
