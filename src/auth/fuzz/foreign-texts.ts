import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { readAnswer } from "../call-out/answer.ts";
import { readGrants } from "../grants.ts";
import { readBearer } from "../jwt/bearer-exchange.ts";
import { readKeys } from "../jwt/key-text.ts";
import { issuerOf } from "../jwt/peek.ts";
import { parseMosquittoLine } from "../mosquitto-line.ts";
import { parseScramUsers } from "../scram/text.ts";
import { WorldError } from "../../base/mod.ts";

/** Words of which grants are made, and values of other kinds. */
const word = fc.constantFrom("allow", "deny", "publish", "subscribe", "receive", "a/%c/#", "");
const value: fc.Arbitrary<unknown> = fc.oneof(word, fc.integer(), fc.constant(null), fc.array(word), fc.jsonValue());
const rule = fc.record(
  { effect: word, actions: fc.oneof(fc.array(word), value), topics: fc.array(word), more: value },
  {
    requiredKeys: [],
  },
);
const grants = fc.record(
  {
    result: fc.constantFrom("allow", "deny", "ignore", "other"),
    user_name: value,
    groups: value,
    acl: fc.oneof(fc.array(rule), value),
    limits: fc.oneof(fc.dictionary(fc.constantFrom("messages_per_second", "__proto__", "constructor"), value), value),
    expires_in_seconds: value,
  },
  { requiredKeys: [] },
);

const encoded = fc.jsonValue().map((json) => Buffer.from(JSON.stringify(json)).toString("base64url"));
const token = fc.tuple(encoded, encoded, fc.string({ maxLength: 8 })).map((parts) => parts.join("."));
const line = fc
  .array(fc.oneof(fc.constantFrom("ann", ":", "$", "$6$", "$7$", "100", "AAAA", "SCRAM-SHA-256", "#"), fc.string()), {
    maxLength: 8,
  })
  .map((parts) => parts.join(""));
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  token,
  line,
  grants.map((given) => JSON.stringify(given)),
);

function survive(given: string): void {
  issuerOf(given);
  readKeys(given);
  parseMosquittoLine(given);
  readBearer(Buffer.from(`n,,\u0001auth=Bearer ${given}\u0001\u0001`));
  readBearer(Buffer.from(given));
  try {
    parseScramUsers(given, "file");
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
  }
  const answer = readAnswer(given, "ann", 0);
  if (answer.kind !== "accepted") return;
  // What is let in is well formed: nothing is left of it that a rule could stumble over.
  assert.ok(answer.userName === null || typeof answer.userName === "string");
  assert.ok(!("wrong" in readGrants({ groups: answer.groups, acl: answer.acl })));
}

/** Texts of strangers are read or refused; nothing is thrown, and what is let in is well formed. */
export function run(budget: FuzzBudget): number {
  return fuzz(fc.property(text, survive), budget);
}

if (import.meta.main) fuzzFromCommandLine("auth/foreign-texts", run);
