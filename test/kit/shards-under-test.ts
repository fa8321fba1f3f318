/** Shards of the brokers under test, each in a thread of its own, as `TEST_SHARDS` asks for; 1 where it does not. */
export function shardsUnderTest(): number {
  const wanted = process.env["TEST_SHARDS"] ?? "1";
  const count = Number(wanted);
  if (!Number.isInteger(count) || count < 1 || count > 64) throw new Error(`TEST_SHARDS is 1 to 64, not ${wanted}`);
  return count;
}
