import { addUser, credentialOf, type ScramCredential, type ScramMechanism, type ScramUsers } from "../auth/mod.ts";
import { assert, type Logger } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";

/** Bytes of a salted password of SCRAM-SHA-256. */
const saltedBytes = 32;

/**
 * The users of the original's key `scram_users`, which holds salted passwords: whoever reads one can log in with it.
 * What is kept of it here is less.
 */
export function originalScramUsers(config: Config, logger: Logger): ScramUsers {
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
