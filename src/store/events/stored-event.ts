import type { Qos } from "../../protocol/mod.ts";
import { damaged } from "./damaged.ts";
import {
  bodyLayout,
  delayedMessageAt,
  eventHead,
  EventType,
  numberBytes,
  QueuedBit,
  queuedLayout,
  transitLayout,
} from "./event-type.ts";

/** An event as it is read: the fields of its kind; messages are left as bytes for `readMessage`. */
export type StoredEvent =
  | { readonly kind: "void" }
  | {
      readonly kind: "session";
      readonly session: number;
      readonly expirySeconds: number;
      readonly clientId: string;
    }
  | {
      readonly kind: "presence";
      readonly session: number;
      readonly offlineSince: number;
      readonly sentTo: number;
      readonly quota: number;
      /** Place of the shard that has it; null: there was one shard. */
      readonly place: number | null;
    }
  | { readonly kind: "ended" | "willGone"; readonly session: number }
  | {
      readonly kind: "subscribed";
      readonly session: number;
      readonly options: number;
      readonly identifier: number;
      readonly filter: string;
    }
  | { readonly kind: "unsubscribed"; readonly session: number; readonly filter: string }
  | { readonly kind: "body"; readonly body: number; readonly references: number; readonly message: Buffer }
  | {
      readonly kind: "queued";
      readonly session: number;
      readonly sequence: number;
      readonly body: number;
      readonly qos: Qos;
      readonly retain: boolean;
      readonly storedBytes: number;
      readonly identifiers: readonly number[] | null;
      readonly shared: string;
    }
  | {
      readonly kind: "finished" | "acknowledged";
      readonly session: number;
      readonly sequence: number;
      readonly body: number;
    }
  | { readonly kind: "retained"; readonly message: Buffer }
  | { readonly kind: "cleared"; readonly topic: string }
  | { readonly kind: "will"; readonly session: number; readonly delaySeconds: number; readonly message: Buffer }
  | { readonly kind: "taken" | "released"; readonly session: number; readonly packetId: number }
  | {
      /** A mark is one that says where a session's messages go. */
      readonly kind: "transit" | "mark";
      /** Place of the sender. */
      readonly from: number;
      readonly places: readonly number[];
      readonly what: number;
      readonly terms: Buffer;
      /** Empty where it is no message. */
      readonly message: Buffer;
    }
  | { readonly kind: "unmarked"; readonly session: number; readonly moment: number }
  | { readonly kind: "delivered" | "undelayed"; readonly place: number; readonly number: number }
  | {
      readonly kind: "delayed";
      readonly place: number;
      readonly number: number;
      readonly due: number;
      readonly message: Buffer;
    };

/** Fewest bytes behind the head of each kind of event, by type. */
const restMin: readonly number[] = [0, 10, 20, 8, 11, 6, 29, 29, 18, 18, 19, 0, 29, 8, 8, 8, 6, 8, 24, 16, 33, 8];

/** Where the event at `at` ends; a {@link damaged} store where that cannot be. */
export function eventEnd(bytes: Buffer, at: number, end: number): number {
  if (at + eventHead > end) throw damaged("an event is cut off");
  const minimum = restMin[bytes[at] as number];
  if (minimum === undefined) throw damaged(`an event has the unknown type ${bytes[at]}`);
  const length = bytes.readUInt32BE(at + 1);
  if (length < minimum || at + eventHead + length > end) throw damaged("an event has a wrong length");
  return at + eventHead + length;
}

/**
 * Reads the event at `at`, which {@link eventEnd} said ends at `end`.
 * @throws WorldError `store_damaged`
 */
export function readEvent(bytes: Buffer, at: number, end: number): StoredEvent {
  const rest = at + eventHead;
  const type = bytes[at] as EventType;
  const number = (offset: number): number => bytes.readUIntBE(rest + offset, numberBytes);
  const text = (offset: number): string => bytes.toString("utf8", rest + offset, end);
  switch (type) {
    case EventType.void:
      return { kind: "void" };
    case EventType.session:
      return { kind: "session", session: number(0), expirySeconds: bytes.readUInt32BE(rest + 6), clientId: text(10) };
    case EventType.presence:
      return {
        kind: "presence",
        session: number(0),
        offlineSince: number(6),
        sentTo: number(12),
        quota: bytes.readUInt16BE(rest + 18),
        place: end >= rest + 22 ? bytes.readUInt16BE(rest + 20) : null,
      };
    case EventType.ended:
    case EventType.willGone:
      return { kind: type === EventType.ended ? "ended" : "willGone", session: number(0) };
    case EventType.subscribed: {
      const options = bytes[rest + 6] as number;
      const identifier = bytes.readUInt32BE(rest + 7);
      return { kind: "subscribed", session: number(0), options, identifier, filter: text(11) };
    }
    case EventType.unsubscribed:
      return { kind: "unsubscribed", session: number(0), filter: text(6) };
    case EventType.body: {
      const references = bytes.readUInt32BE(at + bodyLayout.references);
      return { kind: "body", body: number(0), references, message: bytes.subarray(at + bodyLayout.message, end) };
    }
    case EventType.queued:
      return readQueued(bytes, at, end);
    case EventType.finished:
    case EventType.acknowledged: {
      const kind = type === EventType.finished ? "finished" : "acknowledged";
      return { kind, session: number(0), sequence: number(6), body: number(12) };
    }
    case EventType.retained:
      return { kind: "retained", message: bytes.subarray(rest, end) };
    case EventType.cleared:
      return { kind: "cleared", topic: text(0) };
    case EventType.will: {
      const delaySeconds = bytes.readUInt32BE(rest + 6);
      return { kind: "will", session: number(0), delaySeconds, message: bytes.subarray(rest + 10, end) };
    }
    case EventType.taken:
    case EventType.released: {
      const kind = type === EventType.taken ? "taken" : "released";
      return { kind, session: number(0), packetId: bytes.readUInt16BE(rest + 6) };
    }
    case EventType.unmarked:
      return { kind: "unmarked", session: number(0), moment: bytes.readDoubleBE(rest + 6) };
    case EventType.mark:
    case EventType.transit:
      return readTransit(bytes, at, end);
    case EventType.delivered:
    case EventType.undelayed: {
      const kind = type === EventType.delivered ? "delivered" : "undelayed";
      return { kind, place: bytes.readUInt16BE(rest), number: number(2) };
    }
    case EventType.delayed:
      return readDelayed(bytes, at, end);
  }
}

/** Where the places of a transit event end; a {@link damaged} store where that cannot be. */
export function transitCargo(bytes: Buffer, at: number, end: number): number {
  const cargoAt = at + transitLayout.places + (bytes[at + transitLayout.receivers] as number) * 2;
  if (cargoAt > end) throw damaged("what is on its way to a shard is cut off");
  return cargoAt;
}

function readTransit(bytes: Buffer, at: number, end: number): StoredEvent {
  const cargoAt = transitCargo(bytes, at, end);
  const messageAt = cargoAt + 3 + (cargoAt + 3 > end ? 0 : bytes.readUInt16BE(cargoAt + 1));
  if (messageAt > end) throw damaged("what is on its way to a shard is cut off");
  const places: number[] = [];
  for (let next = at + transitLayout.places; next < cargoAt; next += 2) places.push(bytes.readUInt16BE(next));
  const from = bytes.readUInt16BE(at + transitLayout.from);
  const terms = bytes.subarray(cargoAt + 3, messageAt);
  const message = bytes.subarray(messageAt, end);
  const kind = bytes[at] === EventType.mark ? "mark" : "transit";
  return { kind, from, places, what: bytes[cargoAt] as number, terms, message };
}

function readDelayed(bytes: Buffer, at: number, end: number): StoredEvent {
  return {
    kind: "delayed",
    place: bytes.readUInt16BE(at + eventHead),
    number: bytes.readUIntBE(at + eventHead + 2, numberBytes),
    due: bytes.readUIntBE(at + eventHead + 2 + numberBytes, numberBytes),
    message: bytes.subarray(at + delayedMessageAt, end),
  };
}

function readQueued(bytes: Buffer, at: number, end: number): StoredEvent {
  const bits = bytes[at + queuedLayout.bits] as number;
  const count = bytes.readUInt16BE(at + queuedLayout.identifierCount);
  const sharedAt = at + queuedLayout.identifiers + count * 4;
  const qos = bits & QueuedBit.qos;
  if (sharedAt > end || qos === 3) throw damaged("a queued message is cut off");
  const identifiers: number[] = [];
  for (let next = at + queuedLayout.identifiers; next < sharedAt; next += 4) identifiers.push(bytes.readUInt32BE(next));
  return {
    kind: "queued",
    session: bytes.readUIntBE(at + queuedLayout.session, numberBytes),
    sequence: bytes.readUIntBE(at + queuedLayout.sequence, numberBytes),
    body: bytes.readUIntBE(at + queuedLayout.body, numberBytes),
    qos: qos as Qos,
    retain: (bits & QueuedBit.retain) !== 0,
    storedBytes: bytes.readUInt32BE(at + queuedLayout.storedBytes),
    identifiers: count === 0 ? null : identifiers,
    shared: (bits & QueuedBit.shared) === 0 ? "" : bytes.toString("utf8", sharedAt, end),
  };
}
