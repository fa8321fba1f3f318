import { ReasonCode } from "../../protocol/mod.ts";
import type { Verdict } from "../authenticator.ts";
import { isRecord, readGrants } from "../grants.ts";

const denied: Verdict = {
  kind: "refused",
  reasonCode: ReasonCode.badUserNameOrPassword,
  reason: "the call-out denies the client",
};

/**
 * Reads the answer of a call-out: `{ "result": "allow" | "deny" | "ignore" }`, with `user_name`, `groups`, `acl`,
 * `limits` and `expires_in_seconds` where it allows. The name is the one of CONNECT unless the answer has another.
 *
 * @param userName the name that CONNECT gives
 * @param wallTime milliseconds since 1970, from which the expiry counts
 */
export function readAnswer(
  text: string,
  userName: string | null,
  wallTime: number,
): Verdict | { readonly kind: "failed"; readonly reason: string } {
  const wrong = (reason: string) => ({ kind: "failed", reason }) as const;
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // The parser's words repeat a part of the text.
    return wrong("an answer that is not JSON");
  }
  if (!isRecord(answer)) return wrong("an answer that is not an object");
  if (answer["result"] === "deny") return denied;
  if (answer["result"] === "ignore") return { kind: "unknown" };
  if (answer["result"] !== "allow") return wrong("an answer without result: allow, deny or ignore");
  const name = answer["user_name"] === undefined ? userName : answer["user_name"];
  if (name !== null && typeof name !== "string") return wrong("an answer whose user_name is no text");
  const grants = readGrants({ groups: answer["groups"], acl: answer["acl"], limits: answer["limits"] });
  if ("wrong" in grants) return wrong(`an answer that grants what cannot be read: ${grants.wrong}`);
  const seconds = answer["expires_in_seconds"];
  if (seconds !== undefined && !(Number.isSafeInteger(seconds) && (seconds as number) > 0)) {
    return wrong("an answer whose expires_in_seconds is no whole number");
  }
  const expiry = seconds === undefined ? {} : { expiresAt: wallTime + (seconds as number) * 1000 };
  return { kind: "accepted", userName: name, ...grants, ...expiry };
}
