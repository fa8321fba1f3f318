import type { Config } from "./config.ts";
import { clientListeners } from "./listeners.ts";
import type { Problem } from "./problem.ts";

/**
 * What may be configured and is not in this version. It is refused before anything starts: a listener or a promise
 * that silently is not there would be worse. Who builds one of these deletes its lines.
 */
export function checkSupported(config: Config): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: readonly string[], message: string): void => void problems.push({ path, message });
  for (const { kind, path, settings } of clientListeners(config.listeners)) {
    if (kind === "mqtts" || kind === "wss") {
      refuse(path, "TLS listeners are not in this version; set it to null and let a proxy do TLS");
    }
    if (kind === "ws") refuse(path, "WebSocket listeners are not in this version; set it to null");
    if (settings.proxy_mode === null) continue;
    refuse([...path, "proxy_mode"], "the PROXY protocol is not in this version; set it to null");
  }
  const { http } = config.listeners;
  if ((http?.proxy_mode ?? null) !== null) {
    refuse(["listeners", "http", "proxy_mode"], "the PROXY protocol is not in this version; set it to null");
  }
  if (config.durability !== "memory") {
    refuse(["durability"], `"${config.durability}" is not in this version; the only durability is memory`);
  }
  return problems;
}
