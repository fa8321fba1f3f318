import { availableParallelism } from "node:os";

import {
  AnonymousAuthenticator,
  type AuthenticationCounters,
  type Authenticator,
  AuthenticatorChain,
  CallOutAuthenticator,
  CertificateAuthenticator,
  JwtAuthenticator,
  KeyFile,
  KeyUrl,
  openBearer,
  PasswordFileAuthenticator,
  ScramAuthenticator,
  SecretFile,
  type TokenKeys,
  type WorkLimits,
} from "../auth/mod.ts";
import { assert, type Clock, type Logger } from "../base/mod.ts";
import {
  type AuthenticatorConfig,
  type ClientListener,
  type Config,
  type NamedAuthenticator,
  namedAuthenticators,
} from "../config/mod.ts";
import { originalScramUsers } from "./original-scram-users.ts";

/** What authenticators take from their surroundings. */
export interface AuthenticatorServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: AuthenticationCounters;
}

interface Opening extends AuthenticatorServices {
  readonly passwordLimits: WorkLimits;
  readonly waitingMax: number;
}

/** Tokens verified at the same time: a public key's work is done beside the loop, in microseconds. */
const tokensMax = 16;

/** One thread is left to the loop, and one of Node's four to files. */
function passwordLimits(config: Config): WorkLimits {
  const cores = Math.min(3, Math.max(1, availableParallelism() - 1));
  // The threads that hash are the process's: its shards share them.
  const shards = typeof config.shards === "number" ? config.shards : 1;
  const concurrentMax = Math.max(1, Math.floor((config.max_concurrent_password_checks || cores) / shards));
  return { concurrentMax, waitingMax: config.max_waiting_authentications };
}

/** The authenticators of a broker, opened once, and the chains of them that its listeners ask. */
export class Authenticators {
  readonly #links: ReadonlyMap<string, Authenticator>;
  readonly #config: Config;

  private constructor(config: Config, links: ReadonlyMap<string, Authenticator>) {
    this.#config = config;
    this.#links = links;
  }

  /**
   * Opens what the configuration names.
   *
   * @throws WorldError a file that cannot be read; nothing stays open then
   */
  static async open(config: Config, services: AuthenticatorServices): Promise<Authenticators> {
    const links = new Map<string, Authenticator>();
    const limits = { passwordLimits: passwordLimits(config), waitingMax: config.max_waiting_authentications };
    const opening = { ...services, ...limits };
    try {
      for (const named of namedAuthenticators(config)) links.set(named.name, await openOne(config, named, opening));
    } catch (error) {
      for (const link of links.values()) link.close();
      throw error;
    }
    return new Authenticators(config, links);
  }

  /** The chain that a listener asks. */
  chain({ settings }: ClientListener): Authenticator {
    const { enable, allow_anonymous } = this.#config.auth;
    const names = settings.authenticators.length > 0 ? settings.authenticators : [...this.#links.keys()];
    const chain = names.map((name) => {
      const link = this.#links.get(name);
      assert(link !== undefined, "the configuration is checked: a listener names authenticators that there are");
      return link;
    });
    // Unless the configuration places it itself, and then with its own rules.
    const placed = chain.some((link) => link instanceof CertificateAuthenticator);
    if (settings.use_identity_as_username !== null && !placed)
      chain.unshift(new CertificateAuthenticator({ matchClientId: false }));
    if (!enable) chain.push(new AnonymousAuthenticator("everyone"));
    else if (settings.allow_anonymous ?? allow_anonymous) chain.push(new AnonymousAuthenticator("nameless"));
    return new AuthenticatorChain(chain);
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }
}

function openOne(config: Config, { from }: NamedAuthenticator, services: Opening): Promise<Authenticator> {
  if (from === "auth") {
    assert(config.auth.password_file !== null, "it is listed only if there is one");
    return PasswordFileAuthenticator.open(config.auth.password_file, { ...services, limits: services.passwordLimits });
  }
  if (from === "original_scram") {
    const users = originalScramUsers(config, services.logger);
    return ScramAuthenticator.open(config.sasl_mechanisms, { kind: "users", users }, services);
  }
  return openEntry(from, services);
}

async function openEntry(entry: AuthenticatorConfig, services: Opening): Promise<Authenticator> {
  const { password_file, scram, jwt, http, client_certificate } = entry;
  if (password_file !== null) {
    const { file, format } = password_file;
    return PasswordFileAuthenticator.open(file, { ...services, format, limits: services.passwordLimits });
  }
  if (scram !== null) return ScramAuthenticator.open(scram.mechanisms, { kind: "file", path: scram.file }, services);
  if (jwt !== null) return openJwt(jwt, services);
  if (http !== null) return openCallOut(http, services);
  assert(client_certificate !== null, "the configuration is checked: an authenticator has a kind");
  return new CertificateAuthenticator({ matchClientId: client_certificate.match_client_id });
}

async function openJwt(jwt: NonNullable<AuthenticatorConfig["jwt"]>, services: Opening): Promise<Authenticator> {
  const options = {
    from: jwt.from,
    algorithms: jwt.algorithms,
    issuer: jwt.issuer,
    audience: jwt.audience,
    userNameClaim: jwt.user_name_claim,
    clientIdClaim: jwt.client_id_claim,
    groupsClaim: jwt.groups_claim,
    aclClaim: jwt.acl_claim,
    limitsClaim: jwt.limits_claim,
    requireExpiry: jwt.require_expiry,
    toleranceSeconds: jwt.tolerance_seconds,
  };
  const limits = { concurrentMax: tokensMax, waitingMax: services.waitingMax };
  return new JwtAuthenticator(await openTokenKeys(jwt, services), options, { ...services, limits });
}

async function openTokenKeys(
  { secret_file, keys_file, keys_url, keys_cache_seconds }: NonNullable<AuthenticatorConfig["jwt"]>,
  services: Opening,
): Promise<TokenKeys> {
  if (secret_file !== null) return SecretFile.open(secret_file, services);
  if (keys_file !== null) return KeyFile.open(keys_file, services);
  assert(keys_url !== null, "the configuration is checked: tokens have keys");
  return KeyUrl.open({ url: keys_url, cacheSeconds: keys_cache_seconds }, services);
}

async function openCallOut(http: NonNullable<AuthenticatorConfig["http"]>, services: Opening): Promise<Authenticator> {
  const options = {
    url: http.url,
    timeoutMilliseconds: http.timeout_milliseconds,
    onFailure: http.on_failure,
    cache: { seconds: http.cache_seconds, entriesMax: http.max_cache_entries },
  };
  const limits = { concurrentMax: http.max_concurrent, waitingMax: services.waitingMax };
  const bearer = http.bearer_file === null ? null : await openBearer(http.bearer_file, services);
  return new CallOutAuthenticator(options, { ...services, limits, bearer });
}
