import assert from "node:assert/strict";
import type { RawClient } from "../kit/mod.ts";

/** The PUBLISH just sent is refused with one of the codes: by its acknowledgement, or by DISCONNECT and the end. */
export async function expectPublishRefused(client: RawClient, ...codes: readonly number[]): Promise<void> {
  const answer = await client.next();
  assert.ok(
    answer.type === "puback" || answer.type === "pubrec" || answer.type === "disconnect",
    `a refusal was expected, not ${answer.type}`,
  );
  const names = codes.map((code) => `0x${code.toString(16)}`).join(" or ");
  assert.ok(codes.includes(answer.reasonCode), `code 0x${answer.reasonCode.toString(16)}, expected ${names}`);
  if (answer.type === "disconnect") assert.deepEqual(await client.expectClosed(), []);
}
