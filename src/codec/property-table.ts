import type { Properties } from "../protocol/mod.ts";
import { PropertyId } from "./property-id.ts";

/** What carries properties. The same packet from client and server may carry different ones. */
export type PropertyCarrier =
  | "connect"
  | "will"
  | "connack"
  | "clientPublish"
  | "serverPublish"
  /** PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK. */
  | "acknowledgement"
  | "subscribe"
  | "unsubscribe"
  | "clientDisconnect"
  | "serverDisconnect"
  | "auth";

/** How a property's value is laid out, and what the value may be. */
export type PropertyKind =
  /** A byte, 0 or 1, that is a number. */
  | "bit"
  /** A byte, 0 or 1, that is a truth value. */
  | "boolean"
  | "uint16"
  | "uint32"
  /** A Two or Four Byte Integer that is not 0. */
  | "positive16"
  | "positive32"
  /** A Two Byte Integer that is not 0, with a reason code of its own. */
  | "alias"
  /** A Variable Byte Integer that is not 0; a server's PUBLISH may have several. */
  | "identifier"
  | "text"
  /** A string that is a Topic Name. */
  | "topic"
  | "binary"
  /** A String Pair; any number of them. */
  | "pair";

/** One row of table 2-4 of MQTT 5.0 (section 2.2.2.2). */
export interface PropertyRule {
  readonly id: number;
  readonly name: keyof Properties;
  readonly kind: PropertyKind;
  readonly carriers: readonly PropertyCarrier[];
}

function rule(
  name: Exclude<keyof Properties, "userProperties" | "subscriptionIdentifiers">,
  kind: PropertyKind,
  ...carriers: readonly PropertyCarrier[]
): PropertyRule {
  return { id: PropertyId[name], name, kind, carriers };
}

const message = ["will", "clientPublish", "serverPublish"] as const;

/** All rows, in the order of their identifiers. */
export const propertyRules: readonly PropertyRule[] = [
  rule("payloadFormatIndicator", "bit", ...message),
  rule("messageExpiryInterval", "uint32", ...message),
  rule("contentType", "text", ...message),
  rule("responseTopic", "topic", ...message),
  rule("correlationData", "binary", ...message),
  {
    id: PropertyId.subscriptionIdentifier,
    name: "subscriptionIdentifiers",
    kind: "identifier",
    carriers: ["serverPublish", "subscribe"],
  },
  // [MQTT-3.14.2-2] A server's DISCONNECT has no Session Expiry Interval.
  rule("sessionExpiryInterval", "uint32", "connect", "connack", "clientDisconnect"),
  rule("assignedClientIdentifier", "text", "connack"),
  rule("serverKeepAlive", "uint16", "connack"),
  rule("authenticationMethod", "text", "connect", "connack", "auth"),
  rule("authenticationData", "binary", "connect", "connack", "auth"),
  rule("requestProblemInformation", "boolean", "connect"),
  rule("willDelayInterval", "uint32", "will"),
  rule("requestResponseInformation", "boolean", "connect"),
  rule("responseInformation", "text", "connack"),
  rule("serverReference", "text", "connack", "serverDisconnect"),
  rule("reasonString", "text", "connack", "acknowledgement", "clientDisconnect", "serverDisconnect", "auth"),
  rule("receiveMaximum", "positive16", "connect", "connack"),
  rule("topicAliasMaximum", "uint16", "connect", "connack"),
  rule("topicAlias", "alias", "clientPublish", "serverPublish"),
  rule("maximumQos", "bit", "connack"),
  rule("retainAvailable", "boolean", "connack"),
  {
    id: PropertyId.userProperty,
    name: "userProperties",
    kind: "pair",
    carriers: [
      "connect",
      "connack",
      ...message,
      "acknowledgement",
      "subscribe",
      "unsubscribe",
      "clientDisconnect",
      "serverDisconnect",
      "auth",
    ],
  },
  rule("maximumPacketSize", "positive32", "connect", "connack"),
  rule("wildcardSubscriptionAvailable", "boolean", "connack"),
  rule("subscriptionIdentifierAvailable", "boolean", "connack"),
  rule("sharedSubscriptionAvailable", "boolean", "connack"),
];

const ruleById: ReadonlyMap<number, PropertyRule> = new Map(propertyRules.map((entry) => [entry.id, entry]));
const ruleByName: ReadonlyMap<string, PropertyRule> = new Map(propertyRules.map((entry) => [entry.name, entry]));

/** The rule of a property identifier; undefined if there is none. */
export function propertyRule(id: number): PropertyRule | undefined {
  return ruleById.get(id);
}

/** The rule of a name of {@link Properties}; undefined if there is none. */
export function propertyRuleNamed(name: string): PropertyRule | undefined {
  return ruleByName.get(name);
}

/** The same packet type as the other side sends it, where its properties differ by side. */
export function otherSide(carrier: PropertyCarrier): PropertyCarrier | null {
  switch (carrier) {
    case "clientPublish":
      return "serverPublish";
    case "serverPublish":
      return "clientPublish";
    case "clientDisconnect":
      return "serverDisconnect";
    case "serverDisconnect":
      return "clientDisconnect";
    default:
      return null;
  }
}
