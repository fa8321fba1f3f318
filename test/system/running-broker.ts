import { type Broker, startBroker } from "../../src/broker/mod.ts";
import type { LogFields, Logger } from "../../src/base/mod.ts";
import { type Config, createConfig } from "../../src/config/mod.ts";
import { dataFolderFor } from "../kit/data-folder.ts";
import { type ConfigOverrides, type RawClient, type Target, shardsUnderTest, transportUnderTest } from "../kit/mod.ts";

/** One line that the broker logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** A broker in this process with its inner numbers and its log open to the test. Clients end with it. */
export interface RunningBroker extends Target, AsyncDisposable {
  readonly broker: Broker;
  readonly config: Config;
  /** Every line of every level, in order. What other threads have logged so far is among them. */
  logged(): Promise<readonly LogLine[]>;
}

/** Starts a broker on a free loopback port. What only counts packets on the wire takes `startTestBroker` of the kit. */
export async function startRunningBroker(overrides: ConfigOverrides = {}): Promise<RunningBroker> {
  const log: LogLine[] = [];
  const collect =
    (level: LogLine["level"]) =>
    (message: string, fields: LogFields = {}): void =>
      void log.push({ level, message, fields });
  const logger: Logger = {
    debugEnabled: true,
    debug: collect("debug"),
    info: collect("info"),
    warn: collect("warn"),
    error: collect("error"),
  };
  const folder = dataFolderFor(overrides);
  // Tests count what clients publish, not what the broker tells of itself.
  const settings = { sys_interval_seconds: 0, ...transportUnderTest(), ...folder.settings, ...overrides };
  const shards = settings.durability === "memory" ? shardsUnderTest() : 1;
  const config = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" } }, shards, ...settings });
  const broker = await startBroker(config, { logger });
  const clients = new Set<RawClient>();
  return {
    host: "127.0.0.1",
    port: broker.listeners[0]?.port ?? 0,
    adopt: (client) => void clients.add(client),
    broker,
    config,
    async logged() {
      // What a thread has told before it answers is here before its answer.
      await broker.read();
      return log;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await broker.stop();
      folder.remove();
    },
  };
}
