import { ReasonCode } from "../../protocol/mod.ts";
import type { AuthenticationExchange, ExchangeStep, Verdict } from "../authenticator.ts";

/** The SASL mechanism by which a client brings a token (RFC 7628). */
export const bearerMethod = "OAUTHBEARER";

/** Bytes of a message: a token that is larger would not fit a password either. */
const messageBytesMax = 65_535;

const separator = "\u0001";

/** One message of the client, `n,a=user,^Aauth=Bearer TOKEN^A^A`, and the verdict. */
export class BearerExchange implements AuthenticationExchange {
  readonly #judge: (token: string) => Verdict | Promise<Verdict>;
  #asked = false;

  constructor(judge: (token: string) => Verdict | Promise<Verdict>) {
    this.#judge = judge;
  }

  take(data: Uint8Array | null): ExchangeStep | Promise<ExchangeStep> {
    if (data === null && !this.#asked) {
      // A mechanism in which the client speaks first, by a client that has sent nothing yet.
      this.#asked = true;
      return { kind: "continue", data: Buffer.alloc(0) };
    }
    const message = readBearer(data ?? new Uint8Array());
    if (message === null) return finished({ kind: "unknown" }, null);
    const verdict = this.#judge(message.token);
    if (!(verdict instanceof Promise)) return finished(verdict, message.identity);
    return verdict.then((later) => finished(later, message.identity));
  }
}

interface BearerMessage {
  /** The authorization identity, null if the client names none. */
  readonly identity: string | null;
  readonly token: string;
}

/** Null if it is malformed. */
export function readBearer(data: Uint8Array): BearerMessage | null {
  if (data.length > messageBytesMax) return null;
  const [header = "", ...pairs] = Buffer.from(data).toString("utf8").split(separator);
  const identity = /^[ny],(?:a=((?:[^,=]|=2C|=3D)+))?,$/.exec(header);
  // The message ends in two separators: the last two pieces are empty.
  if (identity === null || pairs.length < 3 || pairs.at(-1) !== "" || pairs.at(-2) !== "") return null;
  const tokens = pairs.flatMap((pair) => /^auth=bearer +([\w.~+/=-]+)$/i.exec(pair)?.[1] ?? []);
  const [token] = tokens;
  if (token === undefined || tokens.length > 1) return null;
  const name = identity[1];
  return { identity: name === undefined ? null : name.replaceAll("=2C", ",").replaceAll("=3D", "="), token };
}

function finished(verdict: Verdict, identity: string | null): ExchangeStep {
  const refused = (reason: string): ExchangeStep => {
    const refusal = { kind: "refused", reasonCode: ReasonCode.badUserNameOrPassword, reason } as const;
    return { kind: "finished", verdict: refusal, data: null };
  };
  if (verdict.kind === "unknown") return refused("OAUTHBEARER: no token of an issuer that is known");
  if (verdict.kind === "accepted" && identity !== null && identity !== verdict.userName) {
    return refused("OAUTHBEARER: the authorization identity is not the name in the token");
  }
  return { kind: "finished", verdict, data: null };
}
