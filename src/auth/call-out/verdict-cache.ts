import { createHmac, randomBytes } from "node:crypto";

import type { Clock } from "../../base/mod.ts";
import type { AuthenticationRequest, Verdict } from "../authenticator.ts";

/** How long and how many verdicts are remembered. */
export interface CacheLimits {
  readonly seconds: number;
  readonly entriesMax: number;
}

interface Entry {
  readonly verdict: Verdict;
  /** Milliseconds of the clock at which it is forgotten. */
  readonly end: number;
}

/**
 * Verdicts of the last while, by everything that they were made of. The key is a keyed digest, and its key exists in
 * this process only: the memory holds no password.
 */
export class VerdictCache {
  readonly #limits: CacheLimits;
  readonly #clock: Clock;
  readonly #key: Buffer = randomBytes(32);
  /** In order of age, since all live as long. */
  readonly #entries = new Map<string, Entry>();

  constructor(limits: CacheLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Verdicts that are remembered, also those whose time is over and that nobody asked for since. */
  get size(): number {
    return this.#entries.size;
  }

  /** What tells two requests apart. */
  keyOf({ clientId, userName, password, peer, listener }: AuthenticationRequest): string {
    const text = JSON.stringify([clientId, userName, password === null, peer.address, peer.identity, listener]);
    const hmac = createHmac("sha256", this.#key).update(`${text.length}:`).update(text);
    return hmac.update(password ?? new Uint8Array()).digest("base64");
  }

  get(key: string): Verdict | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const { verdict, end } = entry;
    const over = verdict.kind === "accepted" && (verdict.expiresAt ?? Infinity) <= this.#clock.wallTime();
    if (end > this.#clock.now() && !over) return verdict;
    this.#entries.delete(key);
    return null;
  }

  set(key: string, verdict: Verdict): void {
    const { seconds, entriesMax } = this.#limits;
    if (seconds === 0 || entriesMax === 0) return;
    this.#entries.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < entriesMax) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { verdict, end: this.#clock.now() + seconds * 1000 });
  }
}
