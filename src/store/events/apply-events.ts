import { damaged } from "./damaged.ts";
import {
  bodyLayout,
  eventHead,
  EventType,
  markTermsBytes,
  messageLayout,
  numberBytes,
  queuedLayout,
  transitLayout,
} from "./event-type.ts";
import { eventEnd, transitCargo } from "./stored-event.ts";
import { KeySpace, markKey, transitKey } from "./store-keys.ts";

/** What {@link applyEvents} changes. Keys and values are views that are valid during the call only. */
export interface EventTarget {
  put(key: Buffer, value: Buffer): void;
  delete(key: Buffer): void;
  /** Everything else that belongs to the session is to be deleted, at leisure. */
  sessionEnded(session: number): void;
  /** So many queues hold a body that stands by itself. */
  bodyHeld(body: number, references: number): void;
  /** One of them lets it go; true where it was the last. */
  bodyReleased(body: number): boolean;
  /** Something sets out for a place; answers its number, larger than all before. */
  transitNumber(place: number): number;
}

/**
 * Turns events into changes of ordered keys and values, the same for every engine. The value of a key is the event that
 * set it. A message that waits in one queue only stands in front of that queue's entry; one that waits in several has a
 * key of its own.
 * @throws WorldError `store_damaged` if these are not the bytes of events
 */
export function applyEvents(bytes: Buffer, target: EventTarget): void {
  const keys = new KeyScratch();
  let inlineFrom = -1;
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = eventEnd(bytes, at, bytes.length);
    const type = bytes[at] as EventType;
    if (type === EventType.body) {
      inlineFrom = applyBody(bytes, at, end, { target, keys });
      continue;
    }
    if (type === EventType.queued) {
      const key = keys.copied(KeySpace.queued, bytes, at + queuedLayout.session, numberBytes * 2);
      target.put(key, bytes.subarray(inlineFrom < 0 ? at : inlineFrom, end));
    } else if (type !== EventType.void) {
      applyOther(bytes, at, end, { target, keys });
    }
    inlineFrom = -1;
  }
}

interface Application {
  readonly target: EventTarget;
  readonly keys: KeyScratch;
}

/** Answers where the body begins if it goes into the entry behind it, else -1. */
function applyBody(bytes: Buffer, at: number, end: number, { target, keys }: Application): number {
  const references = bytes.readUInt32BE(at + bodyLayout.references);
  if (references === 0) return -1;
  if (references === 1 && bytes[end] === EventType.queued) return at;
  target.put(keys.copied(KeySpace.body, bytes, at + bodyLayout.body, numberBytes), bytes.subarray(at, end));
  target.bodyHeld(bytes.readUIntBE(at + bodyLayout.body, numberBytes), references);
  return -1;
}

function applyOther(bytes: Buffer, at: number, end: number, { target, keys }: Application): void {
  const rest = at + eventHead;
  const value = bytes.subarray(at, end);
  const ofSession = (space: KeySpace, more = 0): Buffer => keys.copied(space, bytes, rest, numberBytes + more);
  switch (bytes[at] as EventType) {
    case EventType.session:
      return target.put(ofSession(KeySpace.session), value);
    case EventType.presence:
      return target.put(ofSession(KeySpace.presence), value);
    case EventType.ended:
      target.delete(ofSession(KeySpace.session));
      target.delete(ofSession(KeySpace.presence));
      target.delete(ofSession(KeySpace.will));
      return target.sessionEnded(bytes.readUIntBE(rest, numberBytes));
    case EventType.subscribed:
      return target.put(keys.joined(KeySpace.subscription, bytes, rest, { from: rest + 11, to: end }), value);
    case EventType.unsubscribed:
      return target.delete(keys.joined(KeySpace.subscription, bytes, rest, { from: rest + 6, to: end }));
    case EventType.finished:
      target.delete(ofSession(KeySpace.queued, numberBytes));
      return release(bytes, rest, { target, keys });
    case EventType.acknowledged:
      target.put(ofSession(KeySpace.queued, numberBytes), value);
      return release(bytes, rest, { target, keys });
    case EventType.retained: {
      const topic = rest + messageLayout.topic;
      const length = bytes.readUInt16BE(rest + messageLayout.topicLength);
      return target.put(keys.copied(KeySpace.retained, bytes, topic, length), value);
    }
    case EventType.cleared:
      return target.delete(keys.copied(KeySpace.retained, bytes, rest, end - rest));
    case EventType.will:
      return target.put(ofSession(KeySpace.will), value);
    case EventType.willGone:
      return target.delete(ofSession(KeySpace.will));
    case EventType.taken:
      return target.put(ofSession(KeySpace.received, 2), value);
    case EventType.released:
      return target.delete(ofSession(KeySpace.received, 2));
    case EventType.transit:
      applyTransit(bytes, at, value, target);
      return undefined;
    case EventType.mark:
      return applyMark(bytes, at, value, target);
    case EventType.unmarked: {
      const session = bytes.readUIntBE(rest, numberBytes);
      const moment = bytes.subarray(rest + numberBytes, rest + numberBytes + 8);
      for (let from = bytes.readUInt16BE(rest + numberBytes + 8) - 1; from >= 0; from--) {
        target.delete(markKey(session, moment, from));
      }
      return undefined;
    }
    case EventType.delivered:
      return target.delete(keys.copied(KeySpace.transit, bytes, rest, 2 + numberBytes));
    case EventType.delayed:
      return target.put(keys.copied(KeySpace.delayed, bytes, rest, 2 + numberBytes), value);
    case EventType.undelayed:
      return target.delete(keys.copied(KeySpace.delayed, bytes, rest, 2 + numberBytes));
    default:
  }
}

/** Each place has what comes to it for itself, in the order in which it was made safe; answers the last number. */
function applyTransit(bytes: Buffer, at: number, value: Buffer, target: EventTarget): number {
  let last = 0;
  const placesEnd = transitCargo(bytes, at, at + value.length);
  for (let next = at + transitLayout.places; next < placesEnd; next += 2) {
    const place = bytes.readUInt16BE(next);
    last = target.transitNumber(place);
    target.put(transitKey(place, last), value);
  }
  return last;
}

/** The places hear of it in their order; it stays until the session has moved, for the case that all ends before. */
function applyMark(bytes: Buffer, at: number, value: Buffer, target: EventTarget): void {
  const placesEnd = transitCargo(bytes, at, at + value.length);
  const terms = placesEnd + 3;
  if (placesEnd !== at + transitLayout.places + 4 || terms + markTermsBytes > at + value.length) {
    throw damaged("a mark is cut off");
  }
  const kept = Buffer.alloc(numberBytes * 2 + 4);
  bytes.copy(kept, numberBytes, placesEnd - 4, placesEnd);
  kept.writeUIntBE(Math.max(0, applyTransit(bytes, at, value, target)), 0, numberBytes);
  const session = bytes.readUIntBE(terms, numberBytes);
  const moment = bytes.subarray(terms + numberBytes, terms + numberBytes + 8);
  bytes.copy(kept, numberBytes + 4, terms + numberBytes + 8, terms + markTermsBytes);
  target.put(markKey(session, moment, bytes.readUInt16BE(at + transitLayout.from)), kept);
}

function release(bytes: Buffer, rest: number, { target, keys }: Application): void {
  const at = rest + numberBytes * 2;
  if (!target.bodyReleased(bytes.readUIntBE(at, numberBytes))) return;
  target.delete(keys.copied(KeySpace.body, bytes, at, numberBytes));
}

/** Makes keys in one piece of memory that is used again for each. */
class KeyScratch {
  #bytes = Buffer.allocUnsafe(256);
  /** Views by length, for the lengths that come all the time. */
  readonly #views: (Buffer | undefined)[] = [];

  /** A key of a space and `length` bytes. */
  copied(space: KeySpace, source: Buffer, at: number, length: number): Buffer {
    const key = this.#view(1 + length);
    key[0] = space;
    source.copy(key, 1, at, at + length);
    return key;
  }

  /** A key of a space, the session at `at`, and the text. */
  joined(space: KeySpace, source: Buffer, at: number, text: { readonly from: number; readonly to: number }): Buffer {
    const key = this.#view(1 + numberBytes + text.to - text.from);
    key[0] = space;
    source.copy(key, 1, at, at + numberBytes);
    source.copy(key, 1 + numberBytes, text.from, text.to);
    return key;
  }

  #view(length: number): Buffer {
    if (length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafe(length * 2);
      this.#views.length = 0;
    }
    if (length > 32) return this.#bytes.subarray(0, length);
    return (this.#views[length] ??= this.#bytes.subarray(0, length));
  }
}
