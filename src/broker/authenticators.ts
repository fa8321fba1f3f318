import {
  addUser,
  AnonymousAuthenticator,
  type Authenticator,
  AuthenticatorChain,
  credentialOf,
  PasswordFileAuthenticator,
  ScramAuthenticator,
  type ScramCredential,
  type ScramMechanism,
  type ScramUsers,
} from "../auth/mod.ts";
import { assert, type Clock, type Logger } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";

/** What authenticators take from their surroundings. */
export interface AuthenticatorServices {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The authenticators of a broker, opened once, and the chains of them that its listeners ask. */
export class Authenticators {
  readonly #links: readonly Authenticator[];
  readonly #config: Config;

  private constructor(config: Config, links: readonly Authenticator[]) {
    this.#config = config;
    this.#links = links;
  }

  /**
   * Opens what the configuration names, in its order.
   *
   * @throws WorldError a file that cannot be read; nothing stays open then
   */
  static async open(config: Config, services: AuthenticatorServices): Promise<Authenticators> {
    const links: Authenticator[] = [];
    try {
      for (const opening of openings(config, services)) links.push(await opening());
    } catch (error) {
      for (const link of links) link.close();
      throw error;
    }
    return new Authenticators(config, links);
  }

  /** The chain of a listener. */
  chain(): Authenticator {
    const anonymous = this.#config.auth.enable ? [] : [new AnonymousAuthenticator("everyone")];
    return new AuthenticatorChain([...this.#links, ...anonymous]);
  }

  close(): void {
    for (const link of this.#links) link.close();
  }
}

function openings(config: Config, services: AuthenticatorServices): (() => Promise<Authenticator>)[] {
  const { auth, sasl_mechanisms: mechanisms } = config;
  const found: (() => Promise<Authenticator>)[] = [];
  if (auth.enable && auth.password_file !== null) {
    const file = auth.password_file;
    found.push(() => PasswordFileAuthenticator.open(file, services));
  }
  if (mechanisms.length > 0) {
    const users = originalUsers(config, services.logger);
    found.push(() => ScramAuthenticator.open(mechanisms, { kind: "users", users }, services));
  }
  return found;
}

/** Bytes of a salted password of SCRAM-SHA-256. */
const saltedBytes = 32;

/**
 * The users of the original's key `scram_users`, which holds salted passwords: whoever reads one can log in with it.
 * What is kept of it here is less.
 */
function originalUsers(config: Config, logger: Logger): ScramUsers {
  const users = new Map<ScramMechanism, Map<string, ScramCredential>>();
  for (const [userName, { hashed_password, salt, iterations }] of Object.entries(config.scram_users)) {
    const salted = Buffer.from(hashed_password, "hex");
    // The original's default file has a user of this kind, and everybody knows its password.
    if (salted.length !== saltedBytes) {
      const problem = `hashed_password has ${salted.length} bytes and not the ${saltedBytes} of SCRAM-SHA-256`;
      logger.warn("a user of scram_users is left out and cannot log in", { user: userName, problem });
      continue;
    }
    const credential = credentialOf("SCRAM-SHA-256", { salted, salt: Buffer.from(salt, "hex"), iterations });
    assert(addUser(users, userName, credential), "keys of a mapping differ");
  }
  return users;
}
