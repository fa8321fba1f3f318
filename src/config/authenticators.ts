import type { AuthenticatorConfig, Config } from "./config.ts";
import { clientListeners } from "./listeners.ts";
import type { Problem } from "./problem.ts";

/** Kinds of entries of `authenticators`. */
export const authenticatorKinds = ["password_file", "scram", "jwt", "http", "client_certificate"] as const;

/** A kind of authenticator. */
export type AuthenticatorKind = (typeof authenticatorKinds)[number];

/** One authenticator of the configuration, by the name that listeners ask for it. */
export interface NamedAuthenticator {
  readonly name: string;
  readonly path: readonly string[];
  /** `auth`: the password file of the key `auth`. `original_scram`: `scram_users` and `sasl_mechanisms`. */
  readonly from: "auth" | "original_scram" | AuthenticatorConfig;
}

/** All authenticators, in the order in which they are asked. */
export function namedAuthenticators(config: Config): NamedAuthenticator[] {
  const found: NamedAuthenticator[] = [];
  if (config.auth.enable && config.auth.password_file !== null) {
    found.push({ name: "password_file", path: ["auth", "password_file"], from: "auth" });
  }
  if (config.sasl_mechanisms.length > 0) {
    found.push({ name: "scram", path: ["sasl_mechanisms"], from: "original_scram" });
  }
  for (const [index, entry] of config.authenticators.entries()) {
    const name = entry.name ?? kindsOf(entry)[0] ?? "";
    found.push({ name, path: ["authenticators", String(index)], from: entry });
  }
  return found;
}

/** What is wrong with the authenticators, and with what listeners say of them. */
export function authenticatorProblems(config: Config): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: readonly string[], message: string): void => void problems.push({ path, message });
  const all = namedAuthenticators(config);
  for (const [index, { name, path, from }] of all.entries()) {
    if (typeof from === "string") continue;
    const kinds = kindsOf(from);
    if (kinds.length !== 1) {
      refuse(path, `expected one kind (${authenticatorKinds.join(", ")}), got ${kinds.join(" and ") || "none"}`);
    } else if (all.findIndex((other) => other.name === name) !== index) {
      refuse([...path, "name"], `"${name}" is the name of another authenticator; expected its own`);
    }
    if (from.jwt !== null) problems.push(...jwtProblems(from.jwt, [...path, "jwt"]));
  }
  if (!config.auth.enable && config.authenticators.length > 0) {
    refuse(["auth", "enable"], "expected true, because there are authenticators (false lets everyone connect)");
  }
  return [...problems, ...listenerProblems(config, all)];
}

function listenerProblems(config: Config, all: readonly NamedAuthenticator[]): Problem[] {
  const problems: Problem[] = [];
  for (const { path, settings } of clientListeners(config.listeners)) {
    const refuse = (key: string, message: string): void => void problems.push({ path: [...path, key], message });
    const names = settings.authenticators;
    if (!config.auth.enable) {
      if (names.length > 0) refuse("authenticators", "expected none, because auth.enable is not true");
      if (settings.allow_anonymous === false) {
        refuse("allow_anonymous", "expected auth.enable: true, without which everyone may connect");
      }
      continue;
    }
    for (const name of names) {
      if (all.some((other) => other.name === name)) continue;
      refuse(
        "authenticators",
        `there is no authenticator "${name}"; there are ${all.map((one) => one.name).join(", ")}`,
      );
    }
  }
  return problems;
}

const secretAlgorithm = /^HS/;

function jwtProblems(jwt: NonNullable<AuthenticatorConfig["jwt"]>, path: readonly string[]): Problem[] {
  const sources = (["secret_file", "keys_file", "keys_url"] as const).filter((key) => jwt[key] !== null);
  if (sources.length !== 1) {
    return [
      { path, message: `expected one of secret_file, keys_file, keys_url, got ${sources.join(" and ") || "none"}` },
    ];
  }
  const secret = jwt.secret_file !== null;
  const unfit = jwt.algorithms.find((algorithm) => secretAlgorithm.test(algorithm) !== secret);
  if (unfit === undefined) return [];
  const message = secret ? `${unfit} needs a public key, not secret_file` : `${unfit} needs secret_file`;
  return [{ path: [...path, "algorithms"], message }];
}

function kindsOf(entry: AuthenticatorConfig): AuthenticatorKind[] {
  return authenticatorKinds.filter((kind) => entry[kind] !== null);
}
