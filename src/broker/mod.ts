/** A whole broker: wiring, ordered start and stop. */
export {
  type Broker,
  type BrokerAuthentication,
  type BrokerGauges,
  type BrokerListener,
  type BrokerServices,
  type BrokerState,
  startBroker,
} from "./broker.ts";
export type { DoorReading } from "./door-reading.ts";
export type { QueuedTotals } from "./queued-totals.ts";
