import assert from "node:assert/strict";
import { test } from "node:test";

import { WorldError } from "../base/mod.ts";
import type { ConfigSettings } from "./config.ts";
import { createConfig } from "./load-config.ts";

function problemOf(settings: ConfigSettings): string {
  try {
    createConfig(settings);
  } catch (error) {
    assert.ok(error instanceof WorldError);
    return error.message;
  }
  return assert.fail("the configuration was accepted");
}

const enabled = { auth: { enable: true } };
const file = { password_file: { file: "users" } };
const local = { addr: "127.0.0.1:0" };

const jwt = { secret_file: "secret" };

const mistakes: readonly (readonly [what: string, settings: ConfigSettings, message: RegExp])[] = [
  ["of no kind", { ...enabled, authenticators: [{}] }, /authenticators\.0: expected one kind .*, got none/],
  [
    "of two kinds",
    { ...enabled, authenticators: [{ ...file, scram: { file: "x" } }] },
    /authenticators\.0: expected one kind .*, got password_file and scram/,
  ],
  [
    "of a name that another has",
    { ...enabled, authenticators: [file, file] },
    /authenticators\.1\.name: "password_file" is the name of another authenticator/,
  ],
  ["that nobody asks", { authenticators: [file] }, /auth\.enable: expected true, because there are authenticators/],
  [
    "that does not exist",
    { ...enabled, authenticators: [file], listeners: { mqtt: { ...local, authenticators: ["files"] } } },
    /listeners\.mqtt\.authenticators: there is no authenticator "files"; there are password_file/,
  ],
  [
    "where everyone may connect",
    { auth: { enable: false }, listeners: { mqtt: { ...local, authenticators: ["password_file"] } } },
    /listeners\.mqtt\.authenticators: expected none, because auth\.enable is not true/,
  ],
  ["with tokens and no keys", { ...enabled, authenticators: [{ jwt: {} }] }, /\.0\.jwt: expected one of secret_file/],
  [
    "with a secret and public keys",
    { ...enabled, authenticators: [{ jwt: { ...jwt, keys_file: "keys" } }] },
    /\.0\.jwt: expected one of .*, got secret_file and keys_file/,
  ],
  [
    "with a secret and an algorithm of public keys",
    { ...enabled, authenticators: [{ jwt: { ...jwt, algorithms: ["HS256", "RS256"] } }] },
    /\.0\.jwt\.algorithms: RS256 needs a public key/,
  ],
  [
    "with a password in a URL",
    { ...enabled, authenticators: [{ http: { url: "https://ann:hunter2@example.org" } }] },
    /\.0\.http\.url: expected a URL of http or https without user and password or null$|without user and password$/,
  ],
  [
    "without a file",
    { ...enabled, authenticators: [{ password_file: {} }] },
    /authenticators\.0\.password_file\.file: missing/,
  ],
];
for (const [what, settings, message] of mistakes) {
  test(`an authenticator ${what} is a mistake in the configuration`, () => {
    assert.match(problemOf(settings), message);
  });
}

test("a listener cannot refuse the nameless where everyone may connect", () => {
  const settings = { auth: { enable: false }, listeners: { mqtt: { ...local, allow_anonymous: false } } };
  assert.match(problemOf(settings), /allow_anonymous: expected auth\.enable: true/);
});
