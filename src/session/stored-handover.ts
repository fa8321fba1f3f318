import type { Journal } from "../store/mod.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { DurableQueue } from "./durable-queue.ts";
import type { Session } from "./session.ts";
import { termsOf } from "./stored-terms.ts";

/** Messages looked at in one go. */
const pageMessages = 256;
const pageBytes = 1024 * 1024;

/** What a {@link handOverStored} works with. */
export interface HandoverParts {
  readonly journal: Journal;
  readonly dispatcher: Dispatcher;
  /** Asked before each message; false ends it. */
  readonly goesOn: () => boolean;
}

/**
 * Gives what stands in the store, came by shared subscriptions and was not sent at QoS 2, to other members of the
 * groups, where one is connected [MQTT-4.8.2-4] [MQTT-4.8.2-5].
 * @returns messages handed over
 */
export async function handOverStored(session: Session, durable: DurableQueue, parts: HandoverParts): Promise<number> {
  const { journal, dispatcher, goesOn } = parts;
  let handedOver = 0;
  let after = durable.loadedTo;
  await journal.settled();
  while (goesOn() && durable.messages > 0) {
    const request = { session: durable.session, after, messagesMax: pageMessages, bytesMax: pageBytes };
    const messages = await journal.readQueue(request);
    if (messages.length === 0) break;
    for (const message of messages) {
      if (!goesOn()) return handedOver;
      after = message.sequence;
      const { publication, qos, sequence, shared } = message;
      if (publication === null || shared === "" || (qos === 2 && sequence <= durable.sentTo)) continue;
      const { group } = termsOf(session, message);
      if (group === null || !group.hasOnline) continue;
      dispatcher.redispatch([{ publication, subscription: { identifiers: null, group } }], session);
      durable.handedOver(message);
      handedOver++;
    }
  }
  return handedOver;
}
