import { connectCodes } from "../codec/mod.ts";
import { type PacketType, PacketType as Type, ReasonCode } from "../protocol/mod.ts";

const always = [ReasonCode.unspecifiedError, ReasonCode.implementationSpecificError, ReasonCode.notAuthorized];
const ack = [
  ...always,
  ReasonCode.topicNameInvalid,
  ReasonCode.packetIdentifierInUse,
  ReasonCode.quotaExceeded,
  ReasonCode.payloadFormatInvalid,
];
const unsuback = [...always, ReasonCode.topicFilterInvalid, ReasonCode.packetIdentifierInUse];

/** The failures that each answer may carry (MQTT 5.0 section 2.4). */
const failures: ReadonlyMap<PacketType, ReadonlySet<number>> = new Map<PacketType, ReadonlySet<number>>([
  [Type.connack, connectCodes],
  [Type.puback, new Set<ReasonCode>(ack)],
  [Type.pubrec, new Set<ReasonCode>(ack)],
  [
    Type.suback,
    new Set<ReasonCode>([
      ...unsuback,
      ReasonCode.quotaExceeded,
      ReasonCode.sharedSubscriptionsNotSupported,
      ReasonCode.subscriptionIdentifiersNotSupported,
      ReasonCode.wildcardSubscriptionsNotSupported,
    ]),
  ],
  [Type.unsuback, new Set<ReasonCode>(unsuback)],
]);

/** The code itself where the answer may carry it, else 0x80. */
export function failureIn(type: PacketType, code: ReasonCode): ReasonCode {
  return failures.get(type)?.has(code) === true ? code : ReasonCode.unspecifiedError;
}
