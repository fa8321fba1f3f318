import type { StoredEvent } from "./stored-event.ts";
import type { StoreVisitor } from "../stored-message.ts";
import { damaged } from "./damaged.ts";
import { readMessage } from "./message-bytes.ts";
import { wholeEvent } from "./queue-entry.ts";

/**
 * Tells a visitor of what is no entry of a queue and no body.
 * @param monotonicOf turns wall clock milliseconds into those of this process's monotonic clock
 * @throws WorldError `store_damaged`
 */
export function visitEntry(event: StoredEvent, visitor: StoreVisitor, monotonicOf: (wall: number) => number): void {
  const message = (bytes: Buffer): ReturnType<typeof readMessage> =>
    readMessage(bytes, 0, bytes.length, { monotonicOf, topics: null });
  switch (event.kind) {
    case "session":
      return visitor.session(event.session, event.clientId, event.expirySeconds);
    case "presence":
      visitor.presence(event.session, event.offlineSince, event.sentTo, event.quota);
      return visitor.place?.(event.session, event.place);
    case "subscribed":
      return visitor.subscription(event.session, event.filter, event.options, event.identifier);
    case "will":
      return visitor.will(event.session, message(event.message), event.delaySeconds);
    case "taken":
      return visitor.received(event.session, event.packetId);
    case "retained":
      return visitor.retained(message(event.message));
    case "delayed": {
      const { place, number, due } = event;
      return visitor.delayed?.({ place, number, due, publication: message(event.message) });
    }
    default:
      throw damaged(`an entry of the store holds a ${event.kind} event`);
  }
}

/** What a {@link visitTransit} reads. */
export interface StoredTransit {
  readonly place: number;
  readonly number: number;
  readonly value: Buffer;
}

/**
 * Tells a visitor of what was on its way to a shard.
 * @throws WorldError `store_damaged`
 */
export function visitTransit(
  { place, number, value }: StoredTransit,
  visitor: Pick<StoreVisitor, "transit">,
  monotonicOf: (wall: number) => number,
): void {
  const event = wholeEvent(value);
  if (event.kind !== "transit" && event.kind !== "mark")
    throw damaged(`an entry of the store holds a ${event.kind} event`);
  const { from, what, terms, message } = event;
  const publication =
    message.length === 0 ? null : readMessage(message, 0, message.length, { monotonicOf, topics: null });
  visitor.transit?.({ place, number, isMark: event.kind === "mark", from, what, terms, publication });
}
