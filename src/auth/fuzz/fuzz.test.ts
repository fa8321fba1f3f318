import assert from "node:assert/strict";
import { test } from "node:test";
import { run as foreignTexts } from "./foreign-texts.ts";
import { run as scramMessages } from "./scram-messages.ts";

const seed = 20_261_123;

test("any SCRAM messages end in a refusal", () => {
  assert.equal(scramMessages({ seed, runs: 3000 }), 3000);
});

test("any tokens, answers of call-outs and lines of files of users are read or refused", () => {
  assert.equal(foreignTexts({ seed, runs: 2000 }), 2000);
});
