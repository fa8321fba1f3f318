import { type Qos, topicName } from "../../protocol/mod.ts";
import { Publication } from "../../store/mod.ts";

/** A message for the tests of this floor, told from others by its payload. */
export function publicationOf(
  topic: string,
  payload: string,
  qos: Qos,
  expiry: { readonly seconds: number; readonly receivedAt: number } = { seconds: -1, receivedAt: 0 },
): Publication {
  return new Publication({
    topic: { name: topicName(topic), bytes: Buffer.from(topic) },
    payload: Buffer.from(payload),
    properties: Buffer.alloc(0),
    qos,
    retain: false,
    messageExpiryInterval: expiry.seconds,
    receivedAt: expiry.receivedAt,
    publisherId: "publisher",
  });
}
