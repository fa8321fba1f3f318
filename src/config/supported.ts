import type { Config } from "./config.ts";
import type { Problem } from "./problem.ts";

/**
 * What may be configured and is not in this version. It is refused before anything starts: a listener or a promise
 * that silently is not there would be worse. Who builds one of these deletes its lines.
 */
export function checkSupported(config: Config): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: readonly string[], message: string): void => void problems.push({ path, message });
  const { listeners } = config;
  for (const name of ["mqtts", "wss"] as const) {
    if (listeners[name] === null) continue;
    refuse(["listeners", name], "TLS listeners are not in this version; set it to null and let a proxy do TLS");
  }
  if (listeners.ws !== null) refuse(["listeners", "ws"], "WebSocket listeners are not in this version; set it to null");
  for (const name of ["mqtt", "http"] as const) {
    if ((listeners[name]?.proxy_mode ?? null) === null) continue;
    refuse(["listeners", name, "proxy_mode"], "the PROXY protocol is not in this version; set it to null");
  }
  if (config.durability !== "memory") {
    refuse(["durability"], `"${config.durability}" is not in this version; the only durability is memory`);
  }
  return problems;
}
