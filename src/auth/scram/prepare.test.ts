import assert from "node:assert/strict";
import { test } from "node:test";

import { prepared } from "./prepare.ts";

/** The examples of RFC 4013 section 3, and one for each further rule. */
const examples: readonly (readonly [given: string, result: string | null, why: string])[] = [
  ["I\u00adX", "IX", "SOFT HYPHEN is mapped to nothing"],
  ["user", "user", "no transformation"],
  ["USER", "USER", "case is kept"],
  ["\u00aa", "a", "the output is NFKC"],
  ["\u2168", "IX", "the output is NFKC"],
  ["\u0007", null, "a prohibited character"],
  ["\u06271", null, "mixed direction"],
  ["a\u00a0b", "a b", "every space is the one space"],
  ["\u0627\u0628", "\u0627\u0628", "text that runs to the left"],
  ["\u0627b\u0628", null, "mixed direction inside"],
  ["\ue000", null, "private use"],
  ["\ufffe", null, "not a character"],
  ["", null, "nothing"],
  ["\u00ad", null, "nothing left"],
  ["pässword", "pässword", "letters beyond ASCII"],
  ["pa\u0308ssword", "p\u00e4ssword", "two ways to type a letter"],
];

for (const [given, result, why] of examples) {
  test(`SASLprep of ${JSON.stringify(given)}: ${why}`, () => {
    assert.equal(prepared(given), result);
  });
}
