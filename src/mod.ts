/**
 * Akasa inside a program of your own: build a {@link Config} with {@link createConfig} (or read a file with
 * {@link loadConfig}) and start a broker with {@link startBroker}.
 *
 *     import { createConfig, startBroker } from "akasa";
 *
 *     const config = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" } } });
 *     await using broker = await startBroker(config);
 *     console.log(`listening on port ${broker.listeners[0].port}`);
 *
 * What the world does to it (a port in use, a bad configuration) is thrown as a {@link WorldError} with a code.
 */
export {
  type Clock,
  type LogFields,
  type Logger,
  ManualClock,
  type Random,
  SeededRandom,
  systemClock,
  type Timer,
  WorldError,
  type WorldErrorCode,
} from "./base/mod.ts";
export { type Broker, type BrokerGauges, type BrokerListener, type BrokerServices, startBroker } from "./broker/mod.ts";
export {
  type Config,
  type ConfigSettings,
  type ConfigSource,
  type ConfigWarning,
  createConfig,
  defaultConfig,
  loadConfig,
  type LoadedConfig,
} from "./config/mod.ts";
