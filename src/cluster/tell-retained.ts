import { topicName } from "../protocol/mod.ts";
import { Publication, type RetainedStore } from "../store/mod.ts";
import type { Link } from "./link.ts";
import { writeMessage } from "./message-record.ts";
import { Record } from "./record.ts";
import type { RetainedOrder } from "./retained-order.ts";

/** Messages that one step tells. */
const messagesPerStep = 512;

/**
 * Tells a shard that has come what is retained here, and what was deleted lately. Every shard does: what one of them
 * has not heard of yet another one may have, and the moments say which of it stands.
 * @returns a step of it at each call, true when all is told
 */
export function tellRetained(
  link: Link,
  retained: RetainedStore,
  order: RetainedOrder,
  now: () => number,
): () => boolean {
  for (const [topic, moment] of order.deletions()) tell(link, deletionOf(topic), moment, now());
  const cursor = retained.all();
  return () => {
    for (let left = messagesPerStep; left > 0 && !cursor.done; left--) {
      const message = cursor.next(1);
      // What was retained before there were other shards is older than all that they have changed.
      if (message !== null) tell(link, message, Math.max(1, order.momentOf(message)), now());
    }
    return cursor.done;
  };
}

function tell(link: Link, message: Publication, moment: number, now: number): void {
  const writer = link.begin(Record.held);
  writer.number(moment);
  writeMessage(writer, message, now);
}

function deletionOf(topic: string): Publication {
  return new Publication({
    topic: { name: topicName(topic), bytes: Buffer.from(topic) },
    payload: Buffer.alloc(0),
    properties: Buffer.alloc(0),
    qos: 0,
    retain: true,
    messageExpiryInterval: -1,
    receivedAt: 0,
    publisherId: "",
  });
}
