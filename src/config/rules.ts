import { isTopicFilter } from "../protocol/mod.ts";
import { isLocal, parseListenerAddress } from "./address.ts";
import type { Config } from "./config.ts";
import { authenticatorProblems, namedAuthenticators } from "./authenticators.ts";
import { type ClientListener, clientListeners } from "./listeners.ts";
import { dotted, type Problem } from "./problem.ts";
import { valueAt } from "./validate.ts";

/** What no single key can tell: keys that contradict each other. `given` is the configuration before its defaults. */
export function ruleProblems(config: Config, given: unknown): Problem[] {
  return [
    ...listenerProblems(config),
    ...accessProblems(config),
    ...authenticationProblems(config, given),
    ...rangeProblems(config),
    ...durabilityProblems(config),
  ];
}

function durabilityProblems({ durability }: Config): Problem[] {
  if (typeof durability === "string") return [];
  return durability.flatMap(({ filter }, index) =>
    isTopicFilter(filter)
      ? []
      : [{ path: ["durability", String(index), "filter"], message: `expected a topic filter, got ${filter}` }],
  );
}

function listenerProblems({ listeners }: Config): Problem[] {
  const all = clientListeners(listeners);
  if (all.length === 0) {
    const message = "all MQTT listeners are off; expected at least one of mqtt, mqtts, ws, wss";
    return [{ path: ["listeners"], message }];
  }
  const problems = all.flatMap(singleProblems);
  for (const [index, { settings, path }] of all.entries()) {
    const { addr } = settings;
    // Port 0 is another free one each time.
    if (addr.endsWith(":0") || all.findIndex((other) => other.settings.addr === addr) === index) continue;
    problems.push({ path: [...path, "addr"], message: `${addr} is the address of another listener` });
  }
  for (const [index, { name, path }] of all.entries()) {
    const first = all.findIndex((other) => other.name === name);
    if (first === index) continue;
    problems.push({ path: [...path, "name"], message: `"${name}" is the name of another listener; expected its own` });
  }
  return problems;
}

function singleProblems(listener: ClientListener): Problem[] {
  const problems: Problem[] = [];
  const refuse = (key: string, message: string): void => void problems.push({ path: [...listener.path, key], message });
  const { settings } = listener;
  const unix = settings.addr.startsWith("unix:");
  if (unix && settings.reuse_port) refuse("reuse_port", "expected false: a Unix socket has no port");
  if (!unix && settings.unix_mode !== null) refuse("unix_mode", "expected null: addr is not a Unix socket");
  const proxied = settings.proxy_mode !== null || ("proxy" in settings && settings.proxy);
  if (settings.trusted_proxies !== null && !proxied && !("path" in settings)) {
    refuse("trusted_proxies", "expected null: no proxy_mode, so nobody speaks for clients");
  }
  const verifies = "verify_peer" in settings && settings.verify_peer;
  if (settings.use_identity_as_username !== null && !verifies && settings.proxy_mode !== "TlsTermination") {
    const who = "nobody checks certificates here (verify_peer, or proxy_mode TlsTermination)";
    refuse("use_identity_as_username", `expected null: ${who}`);
  }
  if (!("verify_peer" in settings)) return problems;
  if (verifies && settings.ca_file === null) refuse("ca_file", "expected a file, because verify_peer is true");
  if (verifies) return problems;
  if (settings.fail_if_no_peer_cert) refuse("fail_if_no_peer_cert", "expected false, because verify_peer is false");
  if (settings.crl_file !== null) refuse("crl_file", "expected null, because verify_peer is false");
  return problems;
}

function accessProblems({ acl }: Config): Problem[] {
  if (acl.format !== "mosquitto" || acl.default !== "allow") return [];
  return [{ path: ["acl", "default"], message: 'expected "deny": that is what a file in mosquitto\'s format means' }];
}

function authenticationProblems(config: Config, given: unknown): Problem[] {
  if (config.auth.enable && namedAuthenticators(config).length === 0) {
    const message = "expected a file, because auth.enable is true (or set auth.enable: false to let everyone connect)";
    return [{ path: ["auth", "password_file"], message }];
  }
  const problems = authenticatorProblems(config);
  if (problems.length > 0 || valueAt(given, ["auth", "enable"]) !== undefined) return problems;
  const open = clientListeners(config.listeners).find((listener) => !isLocalListener(listener));
  if (open === undefined) return [];
  const message =
    `missing, and ${dotted(open.path)} can be reached from other machines: expected true (with auth.password_file), ` +
    "or false to let everyone connect";
  return [{ path: ["auth", "enable"], message }];
}

function isLocalListener({ settings }: ClientListener): boolean {
  const address = parseListenerAddress(settings.addr);
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
  if (config.ban_seconds_max < config.ban_seconds) {
    const message = `expected at least ban_seconds (${config.ban_seconds}), got ${config.ban_seconds_max}`;
    problems.push({ path: ["ban_seconds_max"], message });
  }
  return problems;
}
