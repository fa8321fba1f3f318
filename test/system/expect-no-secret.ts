import assert from "node:assert/strict";

/** None of these texts stands in the log: not as it is, as hexadecimal, as base64, nor as numbers. */
export function expectNoSecret(log: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    const bytes = Buffer.from(secret);
    const forms = [secret, bytes.toString("hex"), bytes.toString("base64").slice(0, 12), [...bytes].join(",")];
    for (const form of forms) {
      const at = log.indexOf(form);
      assert.ok(at < 0, `the log tells ${secret}: ${log.slice(Math.max(0, at - 200), at + 40)}`);
    }
  }
}
