import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { ScramCredentials } from "../scram/credentials.ts";
import { ScramExchange } from "../scram/exchange.ts";
import { keysOf } from "../scram/keys.ts";

const salt = Buffer.from("0123456789abcdef");
const keys = keysOf("sha256", randomBytes(32));
const ann = { mechanism: "SCRAM-SHA-256", iterations: 4096, salt, ...keys } as const;
const credentials = new ScramCredentials("SCRAM-SHA-256", new Map([["ann", ann]]));
const serverNonce = "server-nonce";

/** Pieces of which messages are made: right ones, nearly right ones, and anything. */
const piece = fc.oneof(
  fc.constantFrom("n", "y", "p=x", "", "a=ann", "n=ann", "n=eve", "n==2C", "r=x", "m=x", "c=biws", "c=eSws", "p=", "="),
  fc.constantFrom(`r=x${serverNonce}`, `p=${Buffer.alloc(32).toString("base64")}`, "n=a\u0308", "\u0000", "\ufffe"),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.from(pieces.join(",")));
const message = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom("n,,n=ann,r=x", "n,,n=eve,r=x").map((first) => Buffer.from(first)) },
);

function survive(messages: readonly (Uint8Array | null)[]): void {
  const exchange = new ScramExchange(
    (name) => credentials.candidate(name),
    () => serverNonce,
  );
  let continued = 0;
  for (const data of messages) {
    const step = exchange.take(data);
    if (step.kind === "continue") {
      continued++;
      assert.ok(continued <= 2, "an exchange that does not end");
      continue;
    }
    // Nobody here knows the password.
    assert.equal(step.verdict.kind, "refused");
    assert.equal(step.data, null);
  }
}

/** Any messages in any order end in a refusal; nothing is thrown, and nobody is let in. */
export function run(budget: FuzzBudget): number {
  return fuzz(fc.property(fc.array(message, { maxLength: 5 }), survive), budget);
}

if (import.meta.main) fuzzFromCommandLine("auth/scram-messages", run);
