import type { AclAction, AclGrant, AuthenticationResult, ClientLimits } from "./authentication-result.ts";

/** What a token or a call-out grants besides the user name, as it was given: groups, rules and limits. */
export interface GivenGrants {
  readonly groups?: unknown;
  readonly acl?: unknown;
  readonly limits?: unknown;
}

/** What an {@link AuthenticationResult} has of it. */
export type Grants = Pick<AuthenticationResult, "groups" | "acl" | "limits">;

/** The names of limits, as they are given, and the fields they fill. */
const limitFields = {
  messages_per_second: "messagesPerSecond",
  bytes_per_second: "bytesPerSecond",
  packet_size_max: "packetSizeMax",
  subscriptions_max: "subscriptionsMax",
  inflight_max: "inflightMax",
  queued_messages_max: "queuedMessagesMax",
  queued_bytes_max: "queuedBytesMax",
  topic_levels_max: "topicLevelsMax",
  topic_bytes_max: "topicBytesMax",
} as const satisfies Record<string, keyof ClientLimits>;

const actions: readonly AclAction[] = ["publish", "subscribe", "receive"];

/** Groups, rules and topics of one client: enough for any, and no way to fill the memory. */
const entriesMax = 1000;

/**
 * Reads groups (a list of names), rules (`[{ effect, actions, topics }]`) and limits (`{ messages_per_second: 10 }`).
 * What cannot be read is not passed over: a rule that is not understood might be the one that denies.
 */
export function readGrants(given: GivenGrants): Grants | { readonly wrong: string } {
  const result: { -readonly [Name in keyof Grants]: Grants[Name] } = {};
  if (given.groups !== undefined) {
    if (!isTexts(given.groups)) return { wrong: "the groups are not a list of names" };
    result.groups = given.groups;
  }
  if (given.acl !== undefined) {
    const acl = readAcl(given.acl);
    if (acl === null) return { wrong: "the rules of access are not a list of { effect, actions, topics }" };
    result.acl = acl;
  }
  if (given.limits !== undefined) {
    const limits = readLimits(given.limits);
    if (limits === null) return { wrong: `the limits are not whole numbers of ${Object.keys(limitFields).join(", ")}` };
    result.limits = limits;
  }
  return result;
}

function readAcl(given: unknown): AclGrant[] | null {
  if (!Array.isArray(given) || given.length > entriesMax) return null;
  const grants = given.map((entry: unknown) => readRule(entry));
  return grants.every((grant) => grant !== null) ? grants : null;
}

function readRule(given: unknown): AclGrant | null {
  if (!isRecord(given)) return null;
  const { effect, actions: named, topics, ...others } = given;
  if (Object.keys(others).length > 0 || (effect !== "allow" && effect !== "deny")) return null;
  if (!isTexts(named) || !isTexts(topics) || named.length === 0 || topics.length === 0) return null;
  const known = named.filter((action): action is AclAction => (actions as readonly string[]).includes(action));
  return known.length === named.length ? { effect, actions: known, topics } : null;
}

function readLimits(given: unknown): ClientLimits | null {
  if (!isRecord(given)) return null;
  const limits: { -readonly [Name in keyof ClientLimits]: number } = {};
  for (const [name, value] of Object.entries(given)) {
    if (!isLimitName(name) || !Number.isSafeInteger(value) || (value as number) < 0) return null;
    limits[limitFields[name]] = value as number;
  }
  return limits;
}

function isLimitName(name: string): name is keyof typeof limitFields {
  return Object.hasOwn(limitFields, name);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= entriesMax && value.every((entry) => typeof entry === "string");
}

/** True for an object with keys, not for null or a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
