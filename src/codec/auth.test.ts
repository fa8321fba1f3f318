import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../protocol/mod.ts";
import { decodeAuth } from "./auth.ts";

const method = "0415" + "00016d";

test("a server says Success or Continue, a client Continue or Re-authenticate", () => {
  const taken = { client: [] as number[], server: [] as number[] };
  for (const sender of ["client", "server"] as const) {
    for (let code = 0; code <= 0xff; code++) {
      const bytes = Buffer.concat([Buffer.of(code), Buffer.from(method, "hex")]);
      try {
        taken[sender].push(decodeAuth(bytes, 0, bytes.length, sender).reasonCode);
      } catch (error) {
        assert.ok(error instanceof ProtocolError && error.reasonCode === 0x82);
      }
    }
  }
  assert.deepEqual(taken, { client: [0x18, 0x19], server: [0x00, 0x18] });
});
