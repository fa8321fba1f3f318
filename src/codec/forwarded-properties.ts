import type { Properties } from "../protocol/mod.ts";
import { decodePropertyList, encodePropertyList, propertyListSize } from "./properties.ts";
import { Reader } from "./reader.ts";

// The properties of a message that every subscriber gets as the publisher sent them ([MQTT-3.3.2-4] and [MQTT-3.3.2-15]
// to [MQTT-3.3.2-20]): Payload Format Indicator, Content Type, Response Topic, Correlation Data and User Properties, as
// they stand in a PUBLISH, without a length in front. A stored message keeps these bytes.

function forwardedOf(properties: Readonly<Properties>): Properties {
  const { payloadFormatIndicator, contentType, responseTopic, correlationData, userProperties } = properties;
  const forwarded: Properties = {};
  if (payloadFormatIndicator !== undefined) forwarded.payloadFormatIndicator = payloadFormatIndicator;
  if (contentType !== undefined) forwarded.contentType = contentType;
  if (responseTopic !== undefined) forwarded.responseTopic = responseTopic;
  if (correlationData !== undefined) forwarded.correlationData = correlationData;
  if (userProperties !== undefined) forwarded.userProperties = userProperties;
  return forwarded;
}

/** The bytes of the forwarded properties among these; the others are left out. */
export function encodeForwardedProperties(properties: Readonly<Properties>): Buffer {
  const forwarded = forwardedOf(properties);
  const size = propertyListSize(forwarded);
  const bytes = Buffer.allocUnsafeSlow(size);
  encodePropertyList(bytes, 0, forwarded);
  return bytes;
}

/**
 * The forwarded properties in the bytes that a message keeps. Where they are still those of the PUBLISH it came in,
 * Topic Alias and Message Expiry Interval may stand between them and are left out.
 * @throws ProtocolError if the bytes are not those of a message
 */
export function decodeForwardedProperties(bytes: Buffer, start: number, end: number): Properties {
  return forwardedOf(decodePropertyList(new Reader(bytes, start, end), "clientPublish"));
}
