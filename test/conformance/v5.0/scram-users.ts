import { pbkdf2Sync } from "node:crypto";
import type { ConfigOverrides } from "../../kit/mod.ts";

const salt = Buffer.from("0123456789abcdef");

/** The configuration that lets in these users by SCRAM-SHA-256 and nobody else; the keys are those of the original. */
export function scramUsers(users: Readonly<Record<string, string>>): ConfigOverrides {
  const entries = Object.entries(users).map(([name, password]) => {
    const hashed_password = pbkdf2Sync(password, salt, 4096, 32, "sha256").toString("hex");
    return [name, { hashed_password, iterations: 4096, salt: salt.toString("hex") }] as const;
  });
  return { auth: { enable: true }, sasl_mechanisms: ["SCRAM-SHA-256"], scram_users: Object.fromEntries(entries) };
}
