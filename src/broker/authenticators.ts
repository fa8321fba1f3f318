import {
  AnonymousAuthenticator,
  type Authenticator,
  AuthenticatorChain,
  CertificateAuthenticator,
  PasswordFileAuthenticator,
  ScramAuthenticator,
} from "../auth/mod.ts";
import { assert, AssertionError, type Clock, type Logger } from "../base/mod.ts";
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
    try {
      for (const named of namedAuthenticators(config)) links.set(named.name, await openOne(config, named, services));
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
    if (!enable) chain.push(new AnonymousAuthenticator("everyone"));
    else if (settings.allow_anonymous ?? allow_anonymous) chain.push(new AnonymousAuthenticator("nameless"));
    return new AuthenticatorChain(chain);
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }
}

function openOne(
  config: Config,
  { from }: NamedAuthenticator,
  services: AuthenticatorServices,
): Promise<Authenticator> | Authenticator {
  if (from === "auth") {
    assert(config.auth.password_file !== null, "it is listed only if there is one");
    return PasswordFileAuthenticator.open(config.auth.password_file, services);
  }
  if (from === "original_scram") {
    const users = originalScramUsers(config, services.logger);
    return ScramAuthenticator.open(config.sasl_mechanisms, { kind: "users", users }, services);
  }
  return openEntry(from, services);
}

function openEntry(
  { password_file, scram, client_certificate }: AuthenticatorConfig,
  services: AuthenticatorServices,
): Promise<Authenticator> | Authenticator {
  if (password_file !== null) {
    return PasswordFileAuthenticator.open(password_file.file, { ...services, format: password_file.format });
  }
  if (scram !== null) {
    return ScramAuthenticator.open(scram.mechanisms, { kind: "file", path: scram.file }, services);
  }
  if (client_certificate !== null) {
    return new CertificateAuthenticator({ matchClientId: client_certificate.match_client_id });
  }
  throw new AssertionError("the configuration is checked: an authenticator has a kind");
}
