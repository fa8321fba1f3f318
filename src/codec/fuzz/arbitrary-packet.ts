import fc from "fast-check";
import {
  type AckPacket,
  type Packet,
  type Properties,
  type ProtocolVersion,
  type PublishPacket,
  type Qos,
  ReasonCode,
} from "../../protocol/mod.ts";
import type { Sender } from "../mod.ts";
import type { PropertyCarrier } from "../property-table.ts";
import { arbitraryBytes, arbitraryProperties, arbitraryText, arbitraryTopic } from "./arbitrary-properties.ts";

/** A packet, and in which version and by which side it is sent. */
export interface SentPacket {
  readonly version: ProtocolVersion;
  readonly sender: Sender;
  readonly packet: Packet;
}

/** A version and a side. */
export interface Form {
  readonly version: ProtocolVersion;
  readonly sender: Sender;
}

export const forms: readonly Form[] = ([3, 4, 5] as const).flatMap((version) => [
  { version, sender: "client" },
  { version, sender: "server" },
]);

const R = ReasonCode;
const packetId = fc.integer({ min: 1, max: 0xffff });
const qos = fc.constantFrom<Qos>(0, 1, 2);
const exact = { noNullPrototype: true } as const;

function codes(...list: readonly ReasonCode[]): fc.Arbitrary<ReasonCode> {
  return fc.constantFrom(...list);
}

function properties(version: ProtocolVersion, carrier: PropertyCarrier): fc.Arbitrary<Properties> {
  return version === 5 ? arbitraryProperties(carrier) : fc.constant({});
}

function connect(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const will = fc.record(
    {
      topic: arbitraryTopic,
      payload: arbitraryBytes,
      qos,
      retain: fc.boolean(),
      properties: properties(version, "will"),
    },
    exact,
  );
  return fc
    .record(
      {
        type: fc.constant("connect" as const),
        version: fc.constant(version),
        bridge: version === 5 ? fc.constant(false) : fc.boolean(),
        cleanStart: fc.boolean(),
        keepAlive: fc.nat(0xffff),
        clientId: arbitraryText,
        will: fc.option(will),
        userName: fc.option(arbitraryText),
        password: fc.option(arbitraryBytes),
        properties: properties(version, "connect"),
      },
      exact,
    )
    .map((packet) => {
      if (version === 5) return packet;
      const clientId = packet.clientId === "" ? "c" : packet.clientId;
      return { ...packet, clientId, password: packet.userName === null ? null : packet.password };
    });
}

function connack(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const shared = [
    R.success,
    R.unsupportedProtocolVersion,
    R.clientIdentifierNotValid,
    R.serverUnavailable,
    R.badUserNameOrPassword,
    R.notAuthorized,
  ];
  const reasonCode = version === 5 ? codes(...shared, R.malformedPacket, R.banned, R.serverMoved) : codes(...shared);
  return fc
    .record(
      {
        type: fc.constant("connack" as const),
        sessionPresent: fc.boolean(),
        reasonCode,
        properties: properties(version, "connack"),
      },
      exact,
    )
    .map((packet) => ({
      ...packet,
      sessionPresent: packet.sessionPresent && packet.reasonCode === 0 && version !== 3,
    }));
}

function publish({ version, sender }: Form): fc.Arbitrary<Packet> {
  return fc
    .record(
      {
        type: fc.constant("publish" as const),
        topic: arbitraryTopic,
        payload: fc.oneof(arbitraryBytes, fc.uint8Array({ minLength: 100, maxLength: 20_000 })),
        qos,
        retain: fc.boolean(),
        dup: fc.boolean(),
        packetId,
        properties: properties(version, sender === "client" ? "clientPublish" : "serverPublish"),
        byAlias: fc.boolean(),
      },
      exact,
    )
    .map(({ byAlias, ...packet }): PublishPacket => ({
      ...packet,
      topic: byAlias && packet.properties.topicAlias !== undefined ? "" : packet.topic,
      dup: packet.dup && (packet.qos > 0 || version === 3),
      packetId: packet.qos === 0 ? 0 : packet.packetId,
    }));
}

function ack(version: ProtocolVersion, type: AckPacket["type"]): fc.Arbitrary<Packet> {
  const later = type === "pubrel" || type === "pubcomp";
  const v5 = later
    ? codes(R.success, R.packetIdentifierNotFound)
    : codes(R.success, R.noMatchingSubscribers, R.unspecifiedError, R.notAuthorized, R.payloadFormatInvalid);
  return fc.record(
    {
      type: fc.constant(type),
      packetId,
      reasonCode: version === 5 ? v5 : codes(R.success),
      properties: properties(version, "acknowledgement"),
    },
    exact,
  );
}

function subscribe(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const v5 = version === 5;
  const entry = fc
    .record(
      {
        filter: fc.oneof(arbitraryText, fc.constantFrom("#", "a/+", "$share/g/a")),
        qos,
        noLocal: v5 ? fc.boolean() : fc.constant(false),
        retainAsPublished: v5 ? fc.boolean() : fc.constant(false),
        retainHandling: v5 ? fc.constantFrom<0 | 1 | 2>(0, 1, 2) : fc.constant<0>(0),
      },
      exact,
    )
    .map((value) => ({ ...value, noLocal: value.noLocal && !value.filter.startsWith("$share/") }));
  return fc.record(
    {
      type: fc.constant("subscribe" as const),
      packetId,
      entries: fc.array(entry, { minLength: 1, maxLength: 5 }),
      properties: properties(version, "subscribe"),
    },
    exact,
  );
}

function suback(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const granted = [R.grantedQos0, R.grantedQos1, R.grantedQos2];
  const failures = { 3: [], 4: [R.unspecifiedError], 5: [R.unspecifiedError, R.topicFilterInvalid, R.quotaExceeded] };
  const code = codes(...granted, ...failures[version]);
  return fc.record(
    {
      type: fc.constant("suback" as const),
      packetId,
      reasonCodes: fc.array(code, { minLength: 1, maxLength: 5 }),
      properties: properties(version, "acknowledgement"),
    },
    exact,
  );
}

function unsubscribe(version: ProtocolVersion): fc.Arbitrary<Packet> {
  return fc.record(
    {
      type: fc.constant("unsubscribe" as const),
      packetId,
      filters: fc.array(arbitraryText, { minLength: 1, maxLength: 5 }),
      properties: properties(version, "unsubscribe"),
    },
    exact,
  );
}

function unsuback(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const code = codes(R.success, R.noSubscriptionExisted, R.notAuthorized);
  return fc.record(
    {
      type: fc.constant("unsuback" as const),
      packetId,
      reasonCodes: version === 5 ? fc.array(code, { minLength: 1, maxLength: 5 }) : fc.constant([]),
      properties: properties(version, "acknowledgement"),
    },
    exact,
  );
}

function disconnect({ version, sender }: Form): fc.Arbitrary<Packet> {
  const client = codes(R.normalDisconnection, R.disconnectWithWill, R.protocolError, R.administrativeAction);
  const server = codes(R.malformedPacket, R.sessionTakenOver, R.serverMoved, R.keepAliveTimeout);
  const v5 = sender === "client" ? client : server;
  return fc.record(
    {
      type: fc.constant("disconnect" as const),
      reasonCode: version === 5 ? v5 : codes(R.normalDisconnection),
      properties: properties(version, sender === "client" ? "clientDisconnect" : "serverDisconnect"),
    },
    exact,
  );
}

function auth(sender: Sender): fc.Arbitrary<Packet> {
  const reasonCode =
    sender === "client"
      ? codes(R.continueAuthentication, R.reAuthenticate)
      : codes(R.success, R.continueAuthentication);
  return fc
    .record({ type: fc.constant("auth" as const), reasonCode, properties: arbitraryProperties("auth") }, exact)
    .map((packet) => ({ ...packet, properties: { authenticationMethod: "m", ...packet.properties } }));
}

/** Packets that this side may send in this version. */
export function arbitraryPacket(form: Form): fc.Arbitrary<Packet> {
  const { version, sender } = form;
  const acks = (["puback", "pubrec", "pubrel", "pubcomp"] as const).map((type) => ack(version, type));
  const list = [publish(form), ...acks];
  if (sender === "client") {
    const ping = fc.constant<Packet>({ type: "pingreq" });
    list.push(connect(version), subscribe(version), unsubscribe(version), ping, disconnect(form));
  } else {
    const ping = fc.constant<Packet>({ type: "pingresp" });
    list.push(connack(version), suback(version), unsuback(version), ping);
    if (version === 5) list.push(disconnect(form));
  }
  if (version === 5) list.push(auth(sender));
  return fc.oneof(...list);
}

/** Packets of all versions from both sides. */
export const arbitrarySentPacket: fc.Arbitrary<SentPacket> = fc.oneof(
  ...forms.map((form) => arbitraryPacket(form).map((packet) => ({ ...form, packet }))),
);
