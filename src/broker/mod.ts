/** A whole broker: wiring, ordered start and stop. */
export {
  type Broker,
  type BrokerAuthentication,
  type BrokerGauges,
  type BrokerListener,
  type BrokerServices,
  startBroker,
} from "./broker.ts";
export type { BrokerState } from "./lifetime.ts";
export type { DoorReading } from "./door-reading.ts";
export { createBroker, type EmbeddedBroker } from "./embedded-broker.ts";
export type { QueuedTotals } from "./queued-totals.ts";
