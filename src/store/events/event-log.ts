import type { Clock } from "../../base/mod.ts";
import type { Qos } from "../../protocol/mod.ts";
import type { Publication } from "../publication.ts";
import { EventBytes } from "./event-bytes.ts";
import {
  bodyLayout,
  delayedMessageAt,
  eventHead,
  EventType,
  markTermsBytes,
  QueuedBit,
  queuedLayout,
  transitLayout,
} from "./event-type.ts";
import { messageBytesMax, writeMessage } from "./message-bytes.ts";

/** A message for one session, as {@link EventLog.queued} takes it; filled anew for each. */
export class QueuedEntry {
  session = 0;
  sequence = 0;
  qos: Qos = 1;
  retain = false;
  /** Subscription Identifiers, null: none. */
  identifiers: readonly number[] | null = null;
  /** `$share/<name>/<filter>` where it came by a shared subscription, else empty. */
  shared = "";
  /** Counted against the session's limit of bytes. */
  storedBytes = 0;
  /** An acknowledgement waits for it. */
  awaited = true;
  /** It was sent as well, so that it need not be written if its receiver acknowledges it soon. */
  live = false;
}

/** Where a session's connection stands, as a presence event has it. */
interface Presence {
  readonly offlineSince: number;
  readonly sentTo: number;
  readonly quota: number;
  readonly place: number | null;
}

/** A session moves from one place to another. */
export interface SessionMove {
  readonly old: number;
  readonly new: number;
  /** The new place, which says it, records behind this sequence; 0: somebody else says it. */
  readonly arrivesBehind: number;
}

/** What is on its way to other shards. */
export interface Cargo {
  /** What it is; the shards know. */
  readonly what: number;
  /** By what it goes; the shards know. */
  readonly terms: Buffer;
  /** Null where it is no message. */
  readonly publication: Publication | null;
}

/** By what a delayed message is known. */
export interface DelayedKey {
  /** Place of the shard that took it. */
  readonly place: number;
  readonly number: number;
}

/** Events that were gathered, for an engine to make safe. */
export interface GatheredEvents {
  /** Valid until {@link EventLog.recycle}. */
  readonly bytes: Buffer;
  readonly ticket: number;
  /** Handles below this are safe once these events are. */
  readonly handlesEnd: number;
}

/** Handle of a message that has long been safe; the log's own are larger. */
export const safeHandle = 1;

/**
 * Where the broker records what must outlive it: events in one stretch of memory, gathered until an engine takes them
 * with {@link seal}. Nothing is allocated per message.
 *
 * A message is written once, in front of the first queue that takes it; the later ones refer to it. A message whose
 * receiver acknowledges it before the engine took the events is taken back ({@link takeBack}): live traffic need not be
 * written.
 */
export class EventLog {
  readonly entry: QueuedEntry = new QueuedEntry();
  /** Ticket of what was recorded since {@link begin}; 0 where nothing of it has to wait. */
  ticket = 0;
  /** The largest ticket that somebody may wait for. */
  promised = 0;
  /** Events that somebody waits for, and that cannot be taken back. */
  awaited = 0;
  /** Events that somebody waits for and a receiver may make superfluous. */
  live = 0;
  /** Events that can wait a little, since all that their loss costs is a repetition. */
  lazy = 0;
  /** Number of the last body. */
  lastBody = 0;
  /** Number of the last session. */
  lastSession = 0;
  /** Place of this shard among those that share the store; null where it is the only one. */
  place: number | null = null;
  /** From one session or body number of this shard to the next: shards that share a store give different ones. */
  stride = 1;
  readonly #clock: Clock;
  #gathering = new EventBytes();
  #spare: EventBytes | null = new EventBytes();
  #base = 16;
  #number = 1;
  #source: Publication | null = null;
  #sourceSerial = 0;
  #bodyAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ticket of everything recorded so far that is not sealed; 0 where there is nothing to wait for. */
  get openTicket(): number {
    return this.awaited + this.live > 0 ? this.#number : 0;
  }

  /** Bytes gathered. */
  get bytes(): number {
    return this.#gathering.used;
  }

  /** Handles of what will be recorded are not smaller. */
  get nextHandle(): number {
    return this.#base + this.#gathering.used;
  }

  /** A packet begins to be handled: what it records decides when its acknowledgement may leave. */
  begin(): void {
    this.ticket = 0;
  }

  /** A session begins (its number is new), or its expiry interval has changed. */
  session(session: number, clientId: string, expirySeconds: number): void {
    const { bytes, at } = this.#begin(EventType.session, 10 + clientId.length * 3);
    this.#gathering.number(session, at);
    bytes.writeUInt32BE(expirySeconds, at + 6);
    this.#gathering.end(at + 10 + bytes.write(clientId, at + 10, "utf8"));
    this.#wait();
  }

  /** The number of a session that begins. */
  nextSession(): number {
    this.lastSession += this.stride;
    return this.lastSession;
  }

  /**
   * The session's connection has come or gone.
   * @param offlineSince wall clock milliseconds, 0 where it has come
   * @param sentTo the last sequence that was sent, so that what is sent again after a restart is marked
   * @param quota messages that may be sent and unacknowledged at once
   */
  presence(session: number, offlineSince: number, sentTo: number, quota: number): void {
    this.#presence(session, { offlineSince, sentTo, quota, place: this.place });
    this.lazy++;
  }

  /** The session is the shard's at `place` from now on. @param offlineSince wall clock milliseconds */
  handedOver(session: number, offlineSince: number, sentTo: number, place: number): void {
    this.#presence(session, { offlineSince, sentTo, quota: 0, place });
    this.#wait();
  }

  /** The session has ended with all that belongs to it. */
  ended(session: number): void {
    this.#short(EventType.ended, session, 0);
    this.#wait();
  }

  /** @param options the options byte of SUBSCRIBE; `filter` with `$share/<name>/` in front where it is shared */
  subscribed(session: number, filter: string, options: number, identifier: number): void {
    const { bytes, at } = this.#begin(EventType.subscribed, 11 + filter.length * 3);
    this.#gathering.number(session, at);
    bytes[at + 6] = options;
    bytes.writeUInt32BE(identifier, at + 7);
    this.#gathering.end(at + 11 + bytes.write(filter, at + 11, "utf8"));
    this.#wait();
  }

  unsubscribed(session: number, filter: string): void {
    const { bytes, at } = this.#begin(EventType.unsubscribed, 6 + filter.length * 3);
    this.#gathering.number(session, at);
    this.#gathering.end(at + 6 + bytes.write(filter, at + 6, "utf8"));
    this.#wait();
  }

  /**
   * Records {@link entry} for the publication; its body's number is {@link lastBody} then.
   * @returns a handle for {@link takeBack}, larger than those before it
   */
  queued(publication: Publication): number {
    if (publication !== this.#source || publication.serial !== this.#sourceSerial) this.#body(publication);
    const { entry } = this;
    const identifiers = entry.identifiers ?? none;
    const length = queuedLayout.identifiers + identifiers.length * 4 + entry.shared.length * 3;
    const { bytes, at: rest } = this.#begin(EventType.queued, length);
    const at = rest - eventHead;
    this.#gathering.number(entry.session, rest);
    this.#gathering.number(entry.sequence, at + queuedLayout.sequence);
    this.#gathering.number(this.lastBody, at + queuedLayout.body);
    bytes.writeUInt32BE(at - this.#bodyAt, at + queuedLayout.distance);
    const live = entry.live && entry.awaited;
    bytes[at + queuedLayout.bits] =
      entry.qos |
      (entry.retain ? QueuedBit.retain : 0) |
      (entry.shared === "" ? 0 : QueuedBit.shared) |
      (live ? QueuedBit.live : 0);
    bytes.writeUInt32BE(entry.storedBytes, at + queuedLayout.storedBytes);
    bytes.writeUInt16BE(identifiers.length, at + queuedLayout.identifierCount);
    let next = at + queuedLayout.identifiers;
    for (let index = 0; index < identifiers.length; index++) {
      next = bytes.writeUInt32BE(identifiers[index] as number, next);
    }
    if (entry.shared !== "") next += bytes.write(entry.shared, next, "utf8");
    this.#gathering.end(next);
    this.#addReferences(bytes, this.#bodyAt, 1);
    if (live) this.live++;
    else if (entry.awaited) this.awaited++;
    else this.lazy++;
    if (entry.awaited) this.#promise();
    return this.#base + at;
  }

  /** The message is not needed any more: true where it was taken back, false where an engine has it. */
  takeBack(handle: number): boolean {
    const at = handle - this.#base;
    if (at < 0) return false;
    const { bytes } = this.#gathering;
    if (bytes[at] !== EventType.queued) return false;
    bytes[at] = EventType.void;
    this.#addReferences(bytes, at - bytes.readUInt32BE(at + queuedLayout.distance), -1);
    if (((bytes[at + queuedLayout.bits] as number) & QueuedBit.live) !== 0) this.live--;
    return true;
  }

  /** The session needs the message no longer: delivered, or given up. */
  finished(session: number, sequence: number, body: number): void {
    this.#progress(EventType.finished, session, sequence, body);
    this.lazy++;
  }

  /** PUBREC came: from now on PUBREL is sent, and never again the message [MQTT-4.3.3-6]. */
  acknowledged(session: number, sequence: number, body: number): void {
    this.#progress(EventType.acknowledged, session, sequence, body);
    this.#wait();
  }

  /** The message is its topic's retained one. */
  retained(publication: Publication): void {
    this.#message(EventType.retained, publication, eventHead, 0);
    this.#wait();
  }

  /** The topic has no retained message any more. */
  cleared(topic: Buffer): void {
    const { bytes, at } = this.#begin(EventType.cleared, topic.length);
    bytes.set(topic, at);
    this.#gathering.end(at + topic.length);
    this.#wait();
  }

  will(session: number, publication: Publication, delaySeconds: number): void {
    const at = this.#message(EventType.will, publication, eventHead + 10, 0);
    this.#gathering.number(session, at + eventHead);
    this.#gathering.bytes.writeUInt32BE(delaySeconds, at + eventHead + 6);
    this.#wait();
  }

  willGone(session: number): void {
    this.#short(EventType.willGone, session, 0);
    this.lazy++;
  }

  /** A QoS 2 message with this identifier came in. */
  taken(session: number, packetId: number): void {
    this.#short(EventType.taken, session, packetId);
    this.#wait();
  }

  /** Its PUBREL came, so the identifier is new again. */
  released(session: number, packetId: number): void {
    this.#short(EventType.released, session, packetId);
    this.#wait();
  }

  /** What goes to the shards at these places goes there once it is safe. */
  transit(places: readonly number[], { what, terms, publication }: Cargo): void {
    const cargoAt = transitLayout.places + places.length * 2;
    const messageAt = cargoAt + 3 + terms.length;
    let at: number;
    if (publication !== null) {
      at = this.#message(EventType.transit, publication, messageAt, 0);
    } else {
      at = this.#gathering.used;
      this.#begin(EventType.transit, messageAt);
      this.#gathering.end(at + messageAt);
    }
    const { bytes } = this.#gathering;
    bytes.writeUInt16BE(this.place ?? 0, at + transitLayout.from);
    bytes[at + transitLayout.receivers] = places.length;
    let next = at + transitLayout.places;
    for (const place of places) next = bytes.writeUInt16BE(place, next);
    bytes[next] = what;
    next = bytes.writeUInt16BE(terms.length, next + 1);
    terms.copy(bytes, next);
    this.#wait();
  }

  /**
   * From here on what this shard has for the session is its new place's.
   * @param moment of the claim
   */
  mark(session: number, moment: number, move: SessionMove): void {
    const at = this.#gathering.used;
    const { bytes } = this.#begin(EventType.mark, 64);
    bytes.writeUInt16BE(this.place ?? 0, at + transitLayout.from);
    bytes[at + transitLayout.receivers] = 2;
    let next = bytes.writeUInt16BE(move.old, at + transitLayout.places);
    next = bytes.writeUInt16BE(move.new, next);
    bytes[next] = 0;
    next = bytes.writeUInt16BE(markTermsBytes, next + 1);
    next = this.#gathering.number(session, next);
    next = bytes.writeDoubleBE(moment, next);
    this.#gathering.end(this.#gathering.number(move.arrivesBehind, next));
    this.#wait();
  }

  /** The session has moved: its marks of that moment are of no use any more. */
  unmarked(session: number, moment: number, places: number): void {
    const { bytes, at } = this.#begin(EventType.unmarked, 16);
    let next = this.#gathering.number(session, at);
    next = bytes.writeDoubleBE(moment, next);
    this.#gathering.end(bytes.writeUInt16BE(places, next));
    this.lazy++;
  }

  /** What was on its way to the place has led to all that it leads to. */
  delivered(place: number, number: number): void {
    const { bytes, at } = this.#begin(EventType.delivered, 8);
    this.#gathering.end(this.#gathering.number(number, bytes.writeUInt16BE(place, at)));
    this.lazy++;
  }

  /**
   * The message is to be published later.
   * @param due wall clock milliseconds
   */
  delayed({ place, number }: DelayedKey, due: number, publication: Publication): void {
    const at = this.#message(EventType.delayed, publication, delayedMessageAt, 0);
    const next = this.#gathering.bytes.writeUInt16BE(place, at + eventHead);
    this.#gathering.number(Math.max(0, Math.floor(due)), this.#gathering.number(number, next));
    this.#wait();
  }

  /** It was published. */
  undelayed({ place, number }: DelayedKey): void {
    const { bytes, at } = this.#begin(EventType.undelayed, 8);
    this.#gathering.end(this.#gathering.number(number, bytes.writeUInt16BE(place, at)));
    this.lazy++;
  }

  /** What was waited for has been taken back: its ticket is done, and the next one begins. */
  skipTicket(): number {
    return this.#number++;
  }

  /** Hands over what was gathered; the next events are gathered elsewhere. */
  seal(): GatheredEvents {
    const sealed = this.#gathering;
    this.#base += sealed.used;
    this.#source = null;
    this.awaited = 0;
    this.live = 0;
    this.lazy = 0;
    this.#gathering = this.#spare ?? new EventBytes();
    this.#spare = sealed;
    return { bytes: sealed.bytes.subarray(0, sealed.used), ticket: this.#number++, handlesEnd: this.#base };
  }

  /** The sealed events are safe: their memory may be used again. */
  recycle(): void {
    this.#spare?.clear();
  }

  #begin(type: number, length: number): { readonly bytes: Buffer; readonly at: number } {
    const at = this.#gathering.begin(type, length);
    this.#place.bytes = this.#gathering.bytes;
    this.#place.at = at;
    return this.#place;
  }

  /** Where the rest of the event that began last is to be written: one object for all. */
  readonly #place: { bytes: Buffer; at: number } = { bytes: this.#gathering.bytes, at: 0 };

  #wait(): void {
    this.awaited++;
    this.#promise();
  }

  #promise(): void {
    this.ticket = this.#number;
    this.promised = this.#number;
  }

  #presence(session: number, { offlineSince, sentTo, quota, place }: Presence): void {
    const { bytes, at } = this.#begin(EventType.presence, 22);
    let next = this.#gathering.number(session, at);
    next = this.#gathering.number(Math.floor(offlineSince), next);
    next = this.#gathering.number(sentTo, next);
    next = bytes.writeUInt16BE(quota, next);
    if (place !== null) next = bytes.writeUInt16BE(place, next);
    this.#gathering.end(next);
  }

  #short(type: number, session: number, packetId: number): void {
    const { bytes, at } = this.#begin(type, 8);
    this.#gathering.number(session, at);
    bytes.writeUInt16BE(packetId, at + 6);
    this.#gathering.end(at + 8);
  }

  #progress(type: number, session: number, sequence: number, body: number): void {
    const { at } = this.#begin(type, 18);
    this.#gathering.number(session, at);
    this.#gathering.number(sequence, at + 6);
    this.#gathering.number(body, at + 12);
    this.#gathering.end(at + 18);
  }

  #body(publication: Publication): void {
    this.#source = publication;
    this.#sourceSerial = publication.serial;
    this.lastBody += this.stride;
    this.#bodyAt = this.#message(EventType.body, publication, bodyLayout.message, bodyLayout.references);
    this.#gathering.number(this.lastBody, this.#bodyAt + bodyLayout.body);
  }

  /** Writes an event with a message behind `offset`; answers where the event begins. */
  #message(type: number, publication: Publication, offset: number, zeroAt: number): number {
    const at = this.#gathering.used;
    const { bytes } = this.#begin(type, offset + messageBytesMax(publication));
    if (zeroAt > 0) bytes.writeUInt32BE(0, at + zeroAt);
    const arrived = publication.receivedAt + this.#clock.wallTime() - this.#clock.now();
    this.#gathering.end(writeMessage(bytes, at + offset, publication, arrived));
    return at;
  }

  #addReferences(bytes: Buffer, bodyAt: number, count: number): void {
    const at = bodyAt + bodyLayout.references;
    bytes.writeUInt32BE(bytes.readUInt32BE(at) + count, at);
  }
}

const none: readonly number[] = [];
