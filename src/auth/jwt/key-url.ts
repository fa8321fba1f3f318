import { errors, type JWTPayload, type JWTVerifyOptions } from "jose";

import type { Clock, Logger, Timer } from "../../base/mod.ts";
import { fetchText, serverOf } from "../fetch-text.ts";
import { publicKeyAlgorithms } from "./algorithms.ts";
import { readKeys } from "./key-text.ts";
import { type KeySet, type TokenKeys, verifyWithSet } from "./token-keys.ts";

/** What a {@link KeyUrl} is told. */
export interface KeyUrlOptions {
  readonly url: string;
  /** Seconds after which the keys are fetched again. */
  readonly cacheSeconds: number;
}

const timeoutMilliseconds = 5000;
const bytesMax = 1024 * 1024;

/** Milliseconds between two fetches for the sake of a key that is not there: a stranger's token can ask for any. */
const missingKeyMilliseconds = 30_000;

/**
 * Public keys behind a URL (a JSON Web Key Set). They are kept, fetched again from time to time in the background, and
 * at once when a token names a key that is not there. While the URL cannot be reached the keys from before stay.
 */
export class KeyUrl implements TokenKeys {
  readonly algorithms: typeof publicKeyAlgorithms = publicKeyAlgorithms;
  readonly #options: KeyUrlOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #keys: KeySet | null = null;
  #fetching: Promise<void> | null = null;
  #lastFetch = -Infinity;
  #timer: Timer | null = null;
  #failing = false;
  #closed = false;

  private constructor(options: KeyUrlOptions, { clock, logger }: { clock: Clock; logger: Logger }) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Fetches the keys. If that fails the broker starts nevertheless, and refuses tokens until it has keys. */
  static async open(options: KeyUrlOptions, services: { clock: Clock; logger: Logger }): Promise<KeyUrl> {
    const keys = new KeyUrl(options, services);
    await keys.reload();
    return keys;
  }

  async verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      return await this.#verify(token, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayAsk()) throw error;
      await this.reload();
      return this.#verify(token, options);
    }
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Fetches the keys now. Several calls at once are one fetch. */
  reload(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = null;
    });
    return this.#fetching;
  }

  #verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    if (this.#keys === null) throw new errors.JWKSNoMatchingKey();
    return verifyWithSet(token, this.#keys, options);
  }

  #mayAsk(): boolean {
    return this.#fetching !== null || this.#clock.now() - this.#lastFetch >= missingKeyMilliseconds;
  }

  async #fetch(): Promise<void> {
    const { url, cacheSeconds } = this.#options;
    this.#timer?.cancel();
    this.#lastFetch = this.#clock.now();
    const headers = { accept: "application/jwk-set+json, application/json" };
    const answer = await fetchText({ url, method: "GET", headers, timeoutMilliseconds, bytesMax }, this.#clock);
    if (answer.kind === "failed") this.#fail(answer.reason);
    else if (answer.status !== 200) this.#fail(`status ${answer.status}`);
    else {
      const read = readKeys(answer.text);
      if ("wrong" in read) this.#fail(read.wrong);
      else {
        this.#keys = read.keys;
        this.#failing = false;
        this.#logger.debug("keys for tokens fetched", { server: serverOf(url), keys: read.count });
      }
    }
    if (this.#closed) return;
    const wait = this.#failing ? Math.min(cacheSeconds * 1000, missingKeyMilliseconds) : cacheSeconds * 1000;
    this.#timer = this.#clock.after(wait, () => void this.reload());
  }

  #fail(reason: string): void {
    // Once, not at every attempt.
    const server = serverOf(this.#options.url);
    if (!this.#failing) this.#logger.error("keys for tokens not fetched; those from before stay", { server, reason });
    this.#failing = true;
  }
}
