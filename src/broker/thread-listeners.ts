import { clientListeners, type Config, type PlainListenerConfig } from "../config/mod.ts";
import type { BrokerListener } from "./broker.ts";

/** Which listeners each shard of a broker opens. */
export interface ThreadListeners {
  /**
   * The configuration of a shard.
   * @param place 0 for the first shard, and for one that takes its place
   * @param open listeners that are open, none where the first shard starts
   */
  of(place: number, config: Config, open: readonly BrokerListener[]): Config;
  /** The listeners of the broker, now that a shard has opened these. */
  known(before: readonly BrokerListener[], opened: readonly BrokerListener[]): readonly BrokerListener[];
}

/** All shards listen on the same ports, and the system spreads connections over them (SO_REUSEPORT). */
export const sharedPorts: ThreadListeners = {
  of(place, config, open) {
    return mapListeners(config, (name, settings) => {
      // Unix sockets are not spread over several listeners by anybody, so one shard serves them alone.
      if (isUnix(settings)) return place === 0 ? settings : null;
      // The ports that the first one has got, whatever the configuration left open.
      const addr = open.find((listener) => listener.name === name)?.address ?? settings.addr;
      return { ...settings, name, reuse_port: true, addr };
    });
  },
  known: (before, opened) => (before.length > 0 ? before : opened),
};

/** Each shard has ports of its own, so that a test can choose the shard that a client connects to. */
export const ownPorts: ThreadListeners = {
  of: (place, config) =>
    place === 0 ? config : mapListeners(config, (name, settings) => (isUnix(settings) ? null : { ...settings, name })),
  known: (before, opened) => [...before, ...opened],
};

function isUnix(settings: PlainListenerConfig): boolean {
  return settings.addr.startsWith("unix:");
}

function mapListeners(
  config: Config,
  change: (name: string, settings: PlainListenerConfig) => PlainListenerConfig | null,
): Config {
  const listeners: Record<string, unknown> = { ...config.listeners, mqtt: [], mqtts: [], ws: [], wss: [] };
  for (const { kind, name, settings } of clientListeners(config.listeners)) {
    const changed = change(name, settings);
    if (changed !== null) (listeners[kind] as unknown[]).push(changed);
  }
  // What is left has the keys of its kind: only their values were changed.
  return { ...config, listeners: listeners as unknown as Config["listeners"] };
}
