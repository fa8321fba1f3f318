import assert from "node:assert/strict";
import type { RawClient } from "../../kit/mod.ts";

/**
 * The broker ends the connection of a 5.0 client that broke the rules. It should tell why (MQTT 5.0 section 4.13.1),
 * and Akasa does: one DISCONNECT with one of `codes` and nothing else. Another broker may say less, or something more
 * general.
 */
export async function expectEnded(client: RawClient, ...codes: readonly number[]): Promise<void> {
  if (process.env["TEST_TARGET"] === undefined) return client.expectDisconnect(...codes);
  const [goodbye, ...others] = await client.expectClosed();
  assert.deepEqual(others, []);
  if (goodbye === undefined) return;
  assert.ok(goodbye.type === "disconnect" && goodbye.reasonCode >= 0x80, `a ${goodbye.type} came instead of the end`);
}
