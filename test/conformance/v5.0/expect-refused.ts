import assert from "node:assert/strict";
import { type ConnackPacket, RawClient, type Target, type Version } from "../../kit/mod.ts";

/** What a client got that was not let in. */
export type Refusal = ConnackPacket | undefined;

/**
 * Sends these as the first bytes of a connection and demands that it ends without success: at most one packet comes, a
 * CONNACK that refuses, and then the end. Returns that CONNACK; undefined when the broker just closed, as it always
 * may.
 */
export async function refusal(target: Target, bytes: Buffer, version: Version = 5): Promise<Refusal> {
  const client = await RawClient.open(target, version);
  client.send(bytes);
  const [answer, ...others] = await client.expectClosed();
  client.close();
  assert.deepEqual(others, [], "more than one packet came before the end");
  if (answer === undefined) return undefined;
  assert.equal(answer.type, "connack");
  assert.notEqual(answer.reasonCode, 0, "the broker accepted the connection");
  return answer;
}

/**
 * As {@link refusal}, and the CONNACK has one of these codes. It may be left out, says the standard; Akasa always says
 * why.
 */
export async function expectRefused(target: Target, bytes: Buffer, ...codes: readonly number[]): Promise<void> {
  const answer = await refusal(target, bytes);
  if (answer === undefined && process.env["TEST_TARGET"] !== undefined) return;
  assert.ok(answer !== undefined, "no CONNACK says why");
  const hex = (code: number): string => `0x${code.toString(16)}`;
  assert.ok(
    codes.includes(answer.reasonCode),
    `CONNACK ${hex(answer.reasonCode)}, expected ${codes.map(hex).join(" or ")}`,
  );
}
