import assert from "node:assert/strict";
import { test } from "node:test";
import { cannotListen, type ListenHints } from "./cannot-listen.ts";

const where = "127.0.0.1:1883";
const key = "listeners.http";
const denied = "its folder is missing";

for (const [code, hints, kind, message] of [
  ["EADDRINUSE", {}, "address_in_use", `${where} is in use: stop the other server or choose another address`],
  [
    "EADDRINUSE",
    { key },
    "address_in_use",
    `${where} is in use: stop the other server or choose another address for ${key}`,
  ],
  ["EACCES", {}, "permission_denied", `no permission to listen on ${where}`],
  ["EPERM", { denied }, "permission_denied", `no permission to listen on ${where}: ${denied}`],
  ["EACCES", { key }, "permission_denied", `no permission to listen on ${where} (${key})`],
  ["EADDRNOTAVAIL", {}, "address_not_available", `cannot listen on ${where}: EADDRNOTAVAIL`],
  ["EMFILE", { key }, "address_not_available", `cannot listen on ${where} (${key}): EMFILE`],
] as const satisfies readonly (readonly [string, ListenHints, string, string])[]) {
  test(`${code}: ${message}`, () => {
    const cause = new Error("it failed");
    const error = cannotListen(code, where, { ...hints, cause });
    assert.deepEqual([error.code, error.message, error.cause], [kind, message, cause]);
  });
}
