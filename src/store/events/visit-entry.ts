import type { StoredEvent } from "./stored-event.ts";
import type { StoreVisitor } from "../stored-message.ts";
import { damaged } from "./damaged.ts";
import { readMessage } from "./message-bytes.ts";

/**
 * Tells a visitor of what is no entry of a queue and no body.
 * @param monotonicOf turns wall clock milliseconds into those of this process's monotonic clock
 * @throws WorldError `store_damaged`
 */
export function visitEntry(event: StoredEvent, visitor: StoreVisitor, monotonicOf: (wall: number) => number): void {
  const message = (bytes: Buffer): ReturnType<typeof readMessage> => readMessage(bytes, 0, bytes.length, monotonicOf);
  switch (event.kind) {
    case "session":
      return visitor.session(event.session, event.clientId, event.expirySeconds);
    case "presence":
      return visitor.presence(event.session, event.offlineSince, event.sentTo, event.quota);
    case "subscribed":
      return visitor.subscription(event.session, event.filter, event.options, event.identifier);
    case "will":
      return visitor.will(event.session, message(event.message), event.delaySeconds);
    case "taken":
      return visitor.received(event.session, event.packetId);
    case "retained":
      return visitor.retained(message(event.message));
    default:
      throw damaged(`an entry of the store holds a ${event.kind} event`);
  }
}
