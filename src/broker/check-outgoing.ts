import { encodeForwardedProperties } from "../codec/mod.ts";
import type { OutgoingMessage } from "../hooks/mod.ts";
import { isTopicName } from "../protocol/mod.ts";

/** @throws TypeError a message that cannot be published by anybody */
export function checkOutgoing({ topic, qos = 0, properties }: OutgoingMessage): void {
  if (!isTopicName(topic)) throw new TypeError(`not a topic name: ${topic}`);
  if (![0, 1, 2].includes(qos)) throw new TypeError(`not a QoS: ${String(qos)}`);
  if (properties !== undefined) encodeForwardedProperties(properties);
}
