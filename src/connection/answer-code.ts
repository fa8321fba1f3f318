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
const failures: ReadonlyMap<PacketType, ReadonlySet<ReasonCode>> = new Map<PacketType, ReadonlySet<ReasonCode>>([
  [
    Type.connack,
    new Set<ReasonCode>([
      ...always,
      ReasonCode.malformedPacket,
      ReasonCode.protocolError,
      ReasonCode.unsupportedProtocolVersion,
      ReasonCode.clientIdentifierNotValid,
      ReasonCode.badUserNameOrPassword,
      ReasonCode.serverUnavailable,
      ReasonCode.serverBusy,
      ReasonCode.banned,
      ReasonCode.badAuthenticationMethod,
      ReasonCode.topicNameInvalid,
      ReasonCode.packetTooLarge,
      ReasonCode.quotaExceeded,
      ReasonCode.payloadFormatInvalid,
      ReasonCode.retainNotSupported,
      ReasonCode.qosNotSupported,
      ReasonCode.useAnotherServer,
      ReasonCode.serverMoved,
      ReasonCode.connectionRateExceeded,
    ]),
  ],
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
