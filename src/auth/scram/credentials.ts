import { createHmac, randomBytes } from "node:crypto";

import type { ScramCredential } from "./credential.ts";
import { digestLength } from "./digest-length.ts";
import { digestOf, type ScramMechanism } from "./mechanism.ts";
import { prepared } from "./prepare.ts";

/** What a user name leads to. */
export interface ScramCandidate {
  /** The name in the form that all spellings of it have in common. */
  readonly userName: string;
  readonly credential: ScramCredential;
  /** False: nobody has this name, and the credential is there only to be worked on. */
  readonly real: boolean;
}

/** The users of one mechanism, and decoys for names that are not among them. */
export class ScramCredentials {
  readonly #mechanism: ScramMechanism;
  readonly #users: ReadonlyMap<string, ScramCredential>;
  readonly #manners: readonly Manner[];
  /**
   * Makes the salts of decoys. A name that does not exist must get the same salt again after a restart and after others
   * were added, as one that exists does; so the secret is not thrown anew but taken from what the first user has.
   */
  readonly #secret: Buffer;

  constructor(mechanism: ScramMechanism, users: ReadonlyMap<string, ScramCredential>) {
    this.#mechanism = mechanism;
    const entries = [...users.values()];
    this.#users = new Map([...users].map(([name, credential]) => [prepared(name) ?? name, credential]));
    this.#secret = createHmac("sha256", entries[0]?.serverKey ?? randomBytes(32))
      .update("decoy")
      .digest();
    const manners = entries.map(({ iterations, salt }) => ({ iterations, saltBytes: salt.length }));
    const distinct = new Map(manners.map((manner) => [`${manner.iterations} ${manner.saltBytes}`, manner]));
    this.#manners = distinct.size === 0 ? [{ iterations: 4096, saltBytes: 16 }] : [...distinct.values()];
  }

  get size(): number {
    return this.#users.size;
  }

  /** The credential of the user, or a decoy, always the same for one name, that looks like that of some real user. */
  candidate(userName: string): ScramCandidate {
    const name = prepared(userName) ?? userName;
    const credential = this.#users.get(name);
    const decoy = this.#decoy(name);
    if (credential === undefined) return { userName: name, credential: decoy, real: false };
    return { userName: name, credential, real: true };
  }

  #decoy(name: string): ScramCredential {
    const draw = (what: string): Buffer =>
      createHmac("sha512", this.#secret)
        .update(this.#mechanism)
        .update("\0")
        .update(what)
        .update("\0")
        .update(name)
        .digest();
    // By the highest draw, not by a remainder: a manner that comes or goes changes the decoys of its own only.
    let chosen = this.#manners[0] as Manner;
    let highest = -1;
    for (const manner of this.#manners) {
      const drawn = draw(`${manner.iterations} ${manner.saltBytes}`).readUInt32LE();
      if (drawn > highest) [highest, chosen] = [drawn, manner];
    }
    const salt = bytesFrom(draw("salt"), chosen.saltBytes);
    const length = digestLength(digestOf(this.#mechanism));
    // Nobody has the password of these keys: they are not the hash of anything.
    const [storedKey, serverKey] = [draw("stored").subarray(0, length), draw("server").subarray(0, length)];
    return { mechanism: this.#mechanism, iterations: chosen.iterations, salt, storedKey, serverKey };
  }
}

/** How a user's password was salted, as far as a client sees it. */
interface Manner {
  readonly iterations: number;
  readonly saltBytes: number;
}

function bytesFrom(seed: Buffer, length: number): Buffer {
  if (length <= seed.length) return seed.subarray(0, length);
  return Buffer.concat(
    Array.from({ length: Math.ceil(length / seed.length) }, (_, index) =>
      createHmac("sha512", seed).update(String(index)).digest(),
    ),
  ).subarray(0, length);
}
