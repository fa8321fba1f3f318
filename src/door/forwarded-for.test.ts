import assert from "node:assert/strict";
import { test } from "node:test";
import { forwardedFor } from "./forwarded-for.ts";

const trusted = (address: string): boolean => address.startsWith("10.") || address === "2001:db8::1";

const cases: readonly (readonly [header: string, client: string | null])[] = [
  ["192.0.2.7", "192.0.2.7"],
  ["6.6.6.6, 192.0.2.7", "192.0.2.7"],
  ["6.6.6.6, 192.0.2.7, 10.0.0.2, 10.0.0.3", "192.0.2.7"],
  ["10.0.0.2, 10.0.0.3", "10.0.0.2"],
  ["192.0.2.7:51234", "192.0.2.7"],
  ["[2001:db8::7]:51234, [2001:db8::1]", "2001:db8::7"],
  ["2001:db8::7", "2001:db8::7"],
  ["192.0.2.7, unknown", null],
  ["unknown, 10.0.0.3", "10.0.0.3"],
  ["", null],
];
for (const [header, client] of cases) {
  test(`X-Forwarded-For "${header}" tells ${client ?? "nothing"}`, () => {
    assert.equal(forwardedFor(header, trusted), client);
  });
}
