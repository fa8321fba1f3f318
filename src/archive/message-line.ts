import { checkText, decodeForwardedProperties, encodeForwardedProperties } from "../codec/mod.ts";
import { type Properties, type Qos, topicName } from "../protocol/mod.ts";
import { Publication } from "../store/mod.ts";

/** Properties that go with a message to its subscribers. */
export type PropertiesLine = Pick<
  Properties,
  "payloadFormatIndicator" | "contentType" | "responseTopic" | "userProperties"
> & {
  /** Base64. */
  readonly correlationData?: string;
};

/** A message as a line of an export tells it. */
export interface MessageLine {
  readonly topic: string;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Base64. */
  readonly payload: string;
  readonly properties: PropertiesLine;
  /** Message Expiry Interval in seconds, counted from its arrival; null: it does not expire. */
  readonly expirySeconds: number | null;
  /** When it arrived, in milliseconds since 1970. */
  readonly arrived: number;
  /** Client identifier of the publisher; "": the server. */
  readonly publisher: string;
}

/** Tells a publication whose time is the wall clock's. */
export function messageToLine(publication: Publication): MessageLine {
  const { bytes, propertiesStart, propertiesEnd, messageExpiryInterval } = publication;
  const { correlationData, ...others } = decodeForwardedProperties(bytes, propertiesStart, propertiesEnd);
  return {
    topic: publication.topic.name,
    qos: publication.qos,
    retain: publication.retain,
    payload: publication.payload.toString("base64"),
    properties: {
      ...others,
      ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData).toString("base64") }),
    },
    expirySeconds: messageExpiryInterval < 0 ? null : messageExpiryInterval,
    arrived: publication.receivedAt,
    publisher: publication.publisherId,
  };
}

/** @throws ProtocolError where MQTT does not allow the topic or a property */
export function messageFromLine(line: MessageLine): Publication {
  const { correlationData, ...others } = line.properties;
  const bytes = Buffer.from(line.topic, "utf8");
  checkText(bytes, 0, bytes.length);
  return new Publication({
    topic: { name: topicName(line.topic), bytes },
    payload: Buffer.from(line.payload, "base64"),
    properties: encodeForwardedProperties({
      ...others,
      ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData, "base64") }),
    }),
    qos: line.qos,
    retain: line.retain,
    messageExpiryInterval: line.expirySeconds ?? -1,
    receivedAt: line.arrived,
    publisherId: line.publisher,
  });
}
