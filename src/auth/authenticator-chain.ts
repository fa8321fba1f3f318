import { createHmac, randomBytes } from "node:crypto";

import { ReasonCode } from "../protocol/mod.ts";
import type {
  AuthenticationExchange,
  AuthenticationRequest,
  Authenticator,
  Refused,
  Unknown,
  Verdict,
} from "./authenticator.ts";

const notKnown: Refused = {
  kind: "refused",
  reasonCode: ReasonCode.badUserNameOrPassword,
  reason: "no authenticator knows the client",
};

/**
 * Several authenticators in order: the first that knows the client decides, the others are not asked. A client that
 * none of them knows is refused with 0x86, after as long as a wrong password would have taken.
 */
export class AuthenticatorChain implements Authenticator {
  readonly #links: readonly Authenticator[];
  readonly #key: Buffer = randomBytes(32);

  /** @param links they may stand in several chains; who opened them closes them */
  constructor(links: readonly Authenticator[]) {
    this.#links = links;
  }

  authenticate(request: AuthenticationRequest): Verdict | Promise<Verdict> {
    const decoys: NonNullable<Unknown["decoy"]>[] = [];
    for (const [index, link] of this.#links.entries()) {
      const verdict = link.authenticate(request);
      if (verdict instanceof Promise) return this.#goOn(copyOf(request), verdict, index, decoys);
      if (verdict.kind !== "unknown") return verdict;
      if (verdict.decoy !== undefined) decoys.push(verdict.decoy);
    }
    return this.#refuse(request, decoys);
  }

  begin(method: string, request: AuthenticationRequest): AuthenticationExchange | null {
    for (const link of this.#links) {
      const exchange = link.begin?.(method, request) ?? null;
      if (exchange !== null) return exchange;
    }
    return null;
  }

  close(): void {
    // The links are closed by who opened them.
  }

  /** The same, from the first link on that takes its time. */
  async #goOn(
    request: AuthenticationRequest,
    first: Promise<Verdict>,
    index: number,
    decoys: NonNullable<Unknown["decoy"]>[],
  ): Promise<Verdict> {
    let verdict = await first;
    for (const link of this.#links.slice(index + 1)) {
      if (verdict.kind !== "unknown") return verdict;
      if (verdict.decoy !== undefined) decoys.push(verdict.decoy);
      verdict = await link.authenticate(request);
    }
    if (verdict.kind !== "unknown") return verdict;
    if (verdict.decoy !== undefined) decoys.push(verdict.decoy);
    return this.#refuse(request, decoys);
  }

  /** One decoy, always the same for one name: a name that exists is judged by one authenticator as well. */
  #refuse(
    { userName }: AuthenticationRequest,
    decoys: readonly NonNullable<Unknown["decoy"]>[],
  ): Verdict | Promise<Verdict> {
    if (decoys.length < 2) return decoys[0]?.() ?? notKnown;
    const pick = createHmac("sha256", this.#key)
      .update(userName ?? "")
      .digest()
      .readUInt32LE();
    return decoys[pick % decoys.length]?.() ?? notKnown;
  }
}

/** What outlives the call: the bytes of the password are the transport's. */
function copyOf(request: AuthenticationRequest): AuthenticationRequest {
  const { clientId, userName, password, peer, listener, isWaiting } = request;
  const copy = { clientId, userName, password: password && Buffer.from(password), peer, listener };
  return isWaiting === undefined ? copy : { ...copy, isWaiting };
}
