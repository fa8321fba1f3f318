/** The mechanisms that a client can ask for, by the names of RFC 5802 and RFC 7677. None binds to a channel. */
export const scramMechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-512"] as const;

/** One of {@link scramMechanisms}. */
export type ScramMechanism = (typeof scramMechanisms)[number];

/** The digest of a mechanism. SHA-1 is here for the test vectors of RFC 5802 alone: no mechanism uses it. */
export type ScramDigest = "sha1" | "sha256" | "sha512";

/** The digest that a mechanism works with. */
export function digestOf(mechanism: ScramMechanism): ScramDigest {
  return mechanism === "SCRAM-SHA-256" ? "sha256" : "sha512";
}

/** True for a name in {@link scramMechanisms}. */
export function isScramMechanism(name: string): name is ScramMechanism {
  return (scramMechanisms as readonly string[]).includes(name);
}
