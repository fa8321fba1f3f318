/** Who is listened to at all: connections per listener and address, rates, bans, and a broker that is at its limits. */
export { Admission, type AdmissionTerms, type BanOf } from "./admission.ts";
export type { Ban, BanTerms } from "./bans.ts";
export { Gate, type GateTeller, type GateTerms } from "./gate.ts";
export type { OverloadTerms } from "./overload.ts";
export { TokenBucket } from "./token-bucket.ts";
