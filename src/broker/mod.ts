/** A whole broker: wiring, ordered start and stop. */
export {
  type Broker,
  type BrokerGauges,
  type BrokerListener,
  type BrokerServices,
  startBroker,
} from "./broker.ts";
