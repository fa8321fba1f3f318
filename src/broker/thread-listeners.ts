import { clientListeners, type Config, type PlainListenerConfig } from "../config/mod.ts";
import type { BrokerListener } from "./broker.ts";

/** The configuration of the first shard: its TCP ports may be shared with the others. */
export function firstThreadConfig(config: Config): Config {
  return mapListeners(config, (_, settings) => (isUnix(settings) ? settings : { ...settings, reuse_port: true }));
}

/** Which listeners a shard has: the first one those that cannot be shared as well. */
export type Role = "first" | "further";

/**
 * The configuration of a shard that comes later: the ports that the first one has got, whatever the configuration left
 * open. Unix sockets are not spread over several listeners by anybody, so one shard serves them alone.
 */
export function furtherThreadConfig(config: Config, listeners: readonly BrokerListener[], role: Role): Config {
  return mapListeners(config, (name, settings) => {
    if (isUnix(settings)) return role === "first" ? settings : null;
    const first = listeners.find((listener) => listener.name === name);
    return { ...settings, name, reuse_port: true, addr: first?.address ?? settings.addr };
  });
}

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
