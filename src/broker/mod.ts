/** A whole broker: wiring, ordered start and stop. */
export type { Broker, BrokerListener, BrokerServices } from "./broker.ts";
export type {
  BrokerAuthentication,
  BrokerGauges,
  BrokerReading,
  BrokerStatistics,
  LoopReading,
  ShardReading,
} from "./broker-reading.ts";
export type { BrokerState } from "./lifetime.ts";
export type { DoorReading } from "./door-reading.ts";
export { createBroker, type EmbeddedBroker } from "./embedded-broker.ts";
export type { QueuedTotals } from "./queued-totals.ts";
export { startBroker } from "./start-broker.ts";
