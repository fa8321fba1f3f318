import type { Clock, Logger, WatchedFile } from "../../base/mod.ts";
import { ReasonCode } from "../../protocol/mod.ts";
import type { AuthenticationCounters } from "../authentication-counters.ts";
import type { AuthenticationRequest, Authenticator, Verdict } from "../authenticator.ts";
import { BoundedWork, type WorkLimits } from "../bounded-work.ts";
import { fetchText, serverOf } from "../fetch-text.ts";
import { nobody } from "../authentication-result.ts";
import { readAnswer } from "./answer.ts";
import { type CacheLimits, VerdictCache } from "./verdict-cache.ts";

/** What happens to a client about whom the call-out says nothing that can be used. */
export type OnFailure =
  /** Refused with 0x88 Server unavailable: fails closed. */
  | "refuse"
  /** The next authenticator is asked. */
  | "next"
  /** Let in without a name: fails open. */
  | "allow";

/** What a {@link CallOutAuthenticator} is told. */
export interface CallOutOptions {
  readonly url: string;
  readonly timeoutMilliseconds: number;
  readonly onFailure: OnFailure;
  readonly cache: CacheLimits;
}

/** What a {@link CallOutAuthenticator} works with. */
export interface CallOutServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: WorkLimits;
  readonly counters: AuthenticationCounters;
  /** What is sent as `Authorization: Bearer`; null: nothing. */
  readonly bearer: WatchedFile<string> | null;
}

const answerBytesMax = 64 * 1024;

const closed: Verdict = { kind: "refused", reasonCode: ReasonCode.serverUnavailable, reason: "the broker is stopping" };
const gone: Verdict = { kind: "refused", reasonCode: ReasonCode.serverUnavailable, reason: "the client has gone" };
const busy: Verdict = {
  kind: "refused",
  reasonCode: ReasonCode.serverBusy,
  reason: "too many clients wait for the call-out",
};
const onFailure: Readonly<Record<OnFailure, Verdict>> = {
  refuse: {
    kind: "refused",
    reasonCode: ReasonCode.serverUnavailable,
    reason: "the call-out gives no answer that can be used",
  },
  next: { kind: "unknown" },
  allow: { kind: "accepted", ...nobody },
};

/**
 * Asks an HTTP server about each CONNECT: a POST with what the client says, as JSON. Answers are remembered for a
 * while; one that has not come in time, or cannot be used, is dealt with as configured, and not remembered.
 */
export class CallOutAuthenticator implements Authenticator {
  readonly #options: CallOutOptions;
  readonly #services: CallOutServices;
  readonly #work: BoundedWork;
  readonly #cache: VerdictCache;
  #failing = false;
  #closed = false;

  constructor(options: CallOutOptions, services: CallOutServices) {
    this.#options = options;
    this.#services = services;
    this.#work = new BoundedWork(services.limits, services.counters);
    this.#cache = new VerdictCache(options.cache, services.clock);
  }

  authenticate(request: AuthenticationRequest): Verdict | Promise<Verdict> {
    if (this.#closed) return closed;
    const key = this.#cache.keyOf(request);
    const cached = this.#cache.get(key);
    if (cached !== null) {
      this.#services.counters.callOutCached++;
      return cached;
    }
    const { userName, isWaiting } = request;
    const body = bodyOf(request);
    const verdict = this.#work.run(async () => {
      return isWaiting?.() === false ? gone : this.#ask(body, key, userName);
    });
    return verdict ?? busy;
  }

  close(): void {
    this.#closed = true;
    this.#services.bearer?.close();
  }

  async #ask(body: string, key: string, userName: string | null): Promise<Verdict> {
    const { clock, bearer } = this.#services;
    const { url, timeoutMilliseconds } = this.#options;
    const authorization = bearer === null ? {} : { authorization: `Bearer ${bearer.content}` };
    const headers = { "content-type": "application/json", accept: "application/json", ...authorization };
    const request = { url, method: "POST", headers, body, timeoutMilliseconds, bytesMax: answerBytesMax } as const;
    const answer = await fetchText(request, clock);
    if (this.#closed) return closed;
    if (answer.kind === "failed") return this.#fail(answer.reason);
    if (answer.status !== 200) return this.#fail(`status ${answer.status}`);
    const verdict = readAnswer(answer.text, userName, clock.wallTime());
    if (verdict.kind === "failed") return this.#fail(verdict.reason);
    this.#failing = false;
    this.#cache.set(key, verdict);
    return verdict;
  }

  #fail(reason: string): Verdict {
    const { counters, logger } = this.#services;
    counters.callOutFailures++;
    // Once, not for every client.
    const server = serverOf(this.#options.url);
    if (!this.#failing) logger.error("authentication call-out failed", { server, reason });
    this.#failing = true;
    return onFailure[this.#options.onFailure];
  }
}

function bodyOf({ clientId, userName, password, peer, listener }: AuthenticationRequest): string {
  const { address, certificate, identity } = peer;
  return JSON.stringify({
    client_id: clientId,
    user_name: userName,
    ...passwordOf(password),
    address,
    listener,
    certificate: certificate && { common_name: certificate.commonName, subject: certificate.subject, name: identity },
  });
}

/** As text where it is text, as almost all are. */
function passwordOf(password: Uint8Array | null): Record<string, string | null> {
  if (password === null) return { password: null };
  const bytes = Buffer.from(password);
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? { password: text } : { password_base64: bytes.toString("base64") };
}
