import { isLocal, parseListenerAddress } from "./address.ts";
import type { Config } from "./config.ts";
import type { Problem } from "./problem.ts";
import { valueAt } from "./validate.ts";

const mqttListeners = ["mqtt", "mqtts", "ws", "wss"] as const;

/** What no single key can tell: keys that contradict each other. `given` is the configuration before its defaults. */
export function ruleProblems(config: Config, given: unknown): Problem[] {
  return [...listenerProblems(config), ...authenticationProblems(config, given), ...rangeProblems(config)];
}

function listenerProblems({ listeners }: Config): Problem[] {
  const problems: Problem[] = [];
  if (mqttListeners.every((name) => listeners[name] === null)) {
    problems.push({
      path: ["listeners"],
      message: "all MQTT listeners are off; expected at least one of mqtt, mqtts, ws, wss",
    });
  }
  if (listeners.mqtt !== null && listeners.mqtt.reuse_port && listeners.mqtt.addr.startsWith("unix:")) {
    problems.push({ path: ["listeners", "mqtt", "reuse_port"], message: "expected false: a Unix socket has no port" });
  }
  for (const name of ["mqtts", "wss"] as const) {
    const listener = listeners[name];
    if (listener !== null && listener.verify_peer && listener.ca_file === null) {
      problems.push({ path: ["listeners", name, "ca_file"], message: "expected a file, because verify_peer is true" });
    }
  }
  return problems;
}

function authenticationProblems(config: Config, given: unknown): Problem[] {
  if (config.auth.enable && config.auth.password_file === null) {
    const message = "expected a file, because auth.enable is true (or set auth.enable: false to let everyone connect)";
    return [{ path: ["auth", "password_file"], message }];
  }
  if (valueAt(given, ["auth", "enable"]) !== undefined) return [];
  const open = mqttListeners.find((name) => !isLocalListener(config, name));
  if (open === undefined) return [];
  const message =
    `missing, and listeners.${open} can be reached from other machines: expected true (with auth.password_file), ` +
    "or false to let everyone connect";
  return [{ path: ["auth", "enable"], message }];
}

function isLocalListener(config: Config, name: (typeof mqttListeners)[number]): boolean {
  const address = parseListenerAddress(config.listeners[name]?.addr ?? "");
  return address === null || isLocal(address);
}

function rangeProblems(config: Config): Problem[] {
  const problems: Problem[] = [];
  if (config.min_keep_alive > config.max_keep_alive) {
    const message = `expected at most max_keep_alive (${config.max_keep_alive}), got ${config.min_keep_alive}`;
    problems.push({ path: ["min_keep_alive"], message });
  }
  if (config.max_output_bytes_hard < config.max_output_bytes_per_connection) {
    const floor = config.max_output_bytes_per_connection;
    const message = `expected at least max_output_bytes_per_connection (${floor}), got ${config.max_output_bytes_hard}`;
    problems.push({ path: ["max_output_bytes_hard"], message });
  }
  return problems;
}
