import { randomBytes } from "node:crypto";

import { ReasonCode } from "../../protocol/mod.ts";
import type { AuthenticationExchange, ExchangeStep } from "../authenticator.ts";
import type { ScramCandidate } from "./credentials.ts";
import { provesPassword, serverSignature } from "./keys.ts";
import { digestOf } from "./mechanism.ts";
import { type ClientFirst, type Malformed, readClientFinal, readClientFirst, textOf } from "./messages.ts";

/** Where an exchange stands. */
type State =
  | { readonly at: "start"; readonly asked: boolean }
  | {
      readonly at: "challenged";
      readonly first: ClientFirst;
      readonly nonce: string;
      readonly serverFirst: string;
      readonly candidate: ScramCandidate;
    }
  | { readonly at: "over" };

/**
 * The server's side of SCRAM (RFC 5802, RFC 7677).
 *
 *     client                                server
 *     n,,n=user,r=CNONCE                ->
 *                                       <-  r=CNONCE SNONCE,s=SALT,i=ITERATIONS
 *     c=biws,r=CNONCE SNONCE,p=PROOF    ->
 *                                       <-  v=SIGNATURE
 *
 * For a name that does not exist all of this is done with a decoy, and ends as a wrong password does.
 */
export class ScramExchange implements AuthenticationExchange {
  readonly #candidateOf: (userName: string) => ScramCandidate;
  readonly #newNonce: () => string;
  #state: State = { at: "start", asked: false };

  constructor(candidateOf: (userName: string) => ScramCandidate, newNonce: () => string = unguessableNonce) {
    this.#candidateOf = candidateOf;
    this.#newNonce = newNonce;
  }

  take(data: Uint8Array | null): ExchangeStep {
    const state = this.#state;
    this.#state = { at: "over" };
    if (state.at === "over") return refused("a message after the end");
    // A mechanism in which the client speaks first, by a client that has sent nothing yet.
    if (data === null && state.at === "start" && !state.asked) {
      this.#state = { at: "start", asked: true };
      return { kind: "continue", data: Buffer.alloc(0) };
    }
    const text = textOf(data ?? Buffer.alloc(0));
    if (typeof text !== "string") return malformed(text);
    return state.at === "start" ? this.#takeFirst(text) : takeFinal(text, state);
  }

  #takeFirst(text: string): ExchangeStep {
    const first = readClientFirst(text);
    if ("wrong" in first) return malformed(first);
    const candidate = this.#candidateOf(first.userName);
    const { salt, iterations } = candidate.credential;
    const nonce = first.nonce + this.#newNonce();
    const serverFirst = `r=${nonce},s=${salt.toString("base64")},i=${iterations}`;
    this.#state = { at: "challenged", first, nonce, serverFirst, candidate };
    return { kind: "continue", data: Buffer.from(serverFirst) };
  }
}

function takeFinal(text: string, state: State & { at: "challenged" }): ExchangeStep {
  const final = readClientFinal(text);
  if ("wrong" in final) return malformed(final);
  const { first, nonce, serverFirst, candidate } = state;
  if (final.nonce !== nonce) return refused("the client does not repeat the nonce");
  if (final.header !== first.header) return refused("the client does not repeat its GS2 header");
  const { credential, real } = candidate;
  const digest = digestOf(credential.mechanism);
  const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`;
  const proved = provesPassword(digest, credential, authMessage, final.proof);
  const signature = serverSignature(digest, credential, authMessage).toString("base64");
  if (!real) return refused("there is no such user");
  if (!proved) return refused("the password is wrong");
  const verdict = { kind: "accepted", userName: candidate.userName } as const;
  return { kind: "finished", verdict, data: Buffer.from(`v=${signature}`) };
}

function malformed({ wrong }: Malformed): ExchangeStep {
  return refused(`SCRAM: ${wrong}`);
}

function refused(reason: string): ExchangeStep {
  const verdict = { kind: "refused", reasonCode: ReasonCode.badUserNameOrPassword, reason } as const;
  return { kind: "finished", verdict, data: null };
}

function unguessableNonce(): string {
  return randomBytes(18).toString("base64");
}
