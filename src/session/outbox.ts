import { assert } from "../base/mod.ts";
import type { Qos } from "../protocol/mod.ts";
import type { DeliveryTerms } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";
import { type StoredName, StoredSlots } from "./stored-slots.ts";
import type { SavedMessage } from "./session-state.ts";

/** Where an outgoing message stands (MQTT 5.0 sections 4.3.2, 4.3.3). */
export const OutState = {
  /** Acknowledged, or given up: the slot is free once all before it are. */
  done: 0,
  /** Waits for its turn; it has no packet identifier yet. */
  queued: 1,
  /** QoS 1, sent. */
  awaitsPuback: 2,
  /** QoS 2, sent. */
  awaitsPubrec: 3,
  /** QoS 2, received by the client; PUBREL was or is to be sent, the PUBLISH never again [MQTT-4.3.3-6]. */
  awaitsPubcomp: 4,
} as const;

/** One of {@link OutState}'s values. */
export type OutState = (typeof OutState)[keyof typeof OutState];

const initialSlots = 4;
const packetIdMax = 0xffff;

// What is known of a message besides what it is: one number, because each array costs a delivery a few more reads of
// memory that is in no cache where there are thousands of clients.
//
//     bits  0..15  packet identifier    16..18  OutState    19, 20  QoS    21  RETAIN
const stateShift = 16;
const qosShift = 19;
const retainBit = 1 << 21;

function wordOf(packetId: number, state: OutState, qos: Qos, retain: boolean): number {
  return packetId | (state << stateShift) | (qos << qosShift) | (retain ? retainBit : 0);
}

/**
 * The QoS 1 and 2 messages on their way to one client, in sending order: first those in flight, then those that wait.
 *
 *     position   head            sentEnd     idEnd           tail
 *                 | 2 | 0 | 4 | 3 | 2 | 0 | 3 | 1 | 1 | 1 | 1 |
 *                  in flight       to be sent   queued
 *                                  again
 *
 * A ring of parallel arrays indexed by position, so that a delivery allocates nothing. Packet identifiers are given
 * one after the other, so position and identifier move together and an acknowledgement finds its entry without a
 * search. Where gaps have come between them there is a table from identifier to position, until the ring is empty.
 * When the client comes back, everything in flight becomes to be sent again: it keeps its place and its identifier
 * [MQTT-4.4.0-1].
 *
 * Of a session that the store knows, each message has a sequence, and its identifier comes from that: so it is the same
 * after a restart. A message that leaves without being sent then leaves a gap among the identifiers as well.
 */
export class Outbox {
  #mask = initialSlots - 1;
  /** Packet identifier, state, QoS and RETAIN in one number: {@link wordOf}. */
  #words: number[] = [0, 0, 0, 0];
  #publications: (Publication | null)[] = [null, null, null, null];
  #terms: (DeliveryTerms | null)[] = [null, null, null, null];
  #head = 0;
  #sentEnd = 0;
  #idEnd = 0;
  #tail = 0;
  #nextPacketId = 1;
  #inflight = 0;
  #waiting = 0;
  #queuedBytes = 0;
  /** Positions by identifier; null while the distance of two positions is that of their identifiers. */
  #byId: Map<number, number> | null = null;
  /** Null where the store does not know the session. */
  #stored: StoredSlots | null = null;
  /** What the next message pushed is known by, where the store knows the session. */
  readonly name: StoredName = { sequence: 0, handle: 0, body: 0 };

  /** @param named the store knows the messages by {@link name} */
  constructor(named = false) {
    if (named) this.#stored = new StoredSlots(this.#mask + 1);
  }

  /** Messages sent on this connection and not yet acknowledged to the end. */
  get inflight(): number {
    return this.#inflight;
  }

  /** Messages that wait to be sent, for the first time or again. */
  get queued(): number {
    return this.#waiting;
  }

  /** Bytes of the messages that wait to be sent for the first time, by `Publication.storedBytes`. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Puts a message in flight at once; nothing may be waiting. Answers its packet identifier. */
  begin(publication: Publication | null, terms: DeliveryTerms, qos: Qos, retain: boolean): number {
    assert(this.#waiting === 0, "a message overtakes the queue");
    const slot = this.#push(publication, terms, qos, retain);
    this.#sentEnd = this.#tail;
    return this.#assign(slot, qos);
  }

  /** Puts a message at the end of the queue. */
  enqueue(publication: Publication, terms: DeliveryTerms, qos: Qos, retain: boolean): void {
    const slot = this.#push(publication, terms, qos, retain);
    this.#setState(slot, OutState.queued);
    this.#queuedBytes += publication.storedBytes;
    this.#waiting++;
  }

  /**
   * Puts a message that was sent before the process started at the end of those that are to be sent again; no message
   * that was never sent may stand before it. Without a publication only its PUBREL is.
   */
  resume(publication: Publication | null, subscription: DeliveryTerms, qos: Qos, retain: boolean): void {
    assert(this.#idEnd === this.#tail, "what was sent comes behind what was not");
    const slot = this.#push(publication, subscription, qos, retain);
    const sent = qos === 1 ? OutState.awaitsPuback : OutState.awaitsPubrec;
    this.#giveId(slot, this.#tail - 1);
    this.#setState(slot, publication === null ? OutState.awaitsPubcomp : sent);
    this.#idEnd = this.#tail;
    this.#waiting++;
  }

  /** The client has come back: all that was in flight is to be sent again, in its order, before what is queued. */
  rewind(): void {
    this.#waiting += this.#inflight;
    this.#inflight = 0;
    this.#sentEnd = this.#head;
  }

  /** Position of the message that is next to be sent, or -1; its state tells whether for the first time. */
  get next(): number {
    while (this.#sentEnd < this.#tail && this.state(this.#sentEnd) === OutState.done) this.#sentEnd++;
    if (this.#sentEnd > this.#idEnd) this.#idEnd = this.#sentEnd;
    return this.#sentEnd < this.#tail ? this.#sentEnd : -1;
  }

  /** Puts the next message in flight and answers its packet identifier; `keep`: it may have to be sent once more. */
  sendNext(keep: boolean): number {
    const position = this.#takeNext();
    const slot = position & this.#mask;
    if (this.state(position) !== OutState.queued) {
      this.#inflight++;
      return this.packetId(position);
    }
    this.#queuedBytes -= (this.#publications[slot] as Publication).storedBytes;
    if (!keep) this.#publications[slot] = null;
    return this.#assign(slot, this.qos(position));
  }

  /** Gives up the next message, which was never sent (expired). */
  dropNext(): void {
    const slot = this.#takeNext() & this.#mask;
    assert(this.state(slot) === OutState.queued, "a message that was sent is given up");
    this.#queuedBytes -= (this.#publications[slot] as Publication).storedBytes;
    this.#free(slot);
    this.#idEnd = this.#sentEnd;
    this.#advance();
    // It leaves a gap between those in flight and their identifiers.
    if (this.#head !== this.#idEnd && this.#byId === null) this.#makeTable();
  }

  /** Position of the message that has this identifier, or -1. */
  find(packetId: number): number {
    if (this.#head === this.#idEnd) return -1;
    if (this.#byId !== null) return this.#byId.get(packetId) ?? -1;
    const oldest = this.packetId(this.#head);
    const distance = packetId >= oldest ? packetId - oldest : packetId + packetIdMax - oldest;
    const guess = this.#head + distance;
    return guess < this.#idEnd && this.#has(guess, packetId) ? guess : -1;
  }

  /** Sequence of the last message, 0: there is none. */
  get lastSequence(): number {
    return this.#head === this.#tail ? 0 : this.sequence(this.#tail - 1);
  }

  /** Sequence of a message that the store may know. */
  sequence(position: number): number {
    return this.#stored?.sequences[position & this.#mask] ?? 0;
  }

  /** The event log's handle of a message; 0 where the store does not have it. */
  handle(position: number): number {
    return this.#stored?.handles[position & this.#mask] ?? 0;
  }

  /** Number of the body that the store has of a message. */
  body(position: number): number {
    return this.#stored?.bodies[position & this.#mask] ?? 0;
  }

  state(position: number): OutState {
    return (((this.#words[position & this.#mask] as number) >> stateShift) & 7) as OutState;
  }

  packetId(position: number): number {
    return (this.#words[position & this.#mask] as number) & packetIdMax;
  }

  publication(position: number): Publication | null {
    return this.#publications[position & this.#mask] as Publication | null;
  }

  subscription(position: number): DeliveryTerms {
    return this.#terms[position & this.#mask] as DeliveryTerms;
  }

  qos(position: number): Qos {
    return (((this.#words[position & this.#mask] as number) >> qosShift) & 3) as Qos;
  }

  retain(position: number): boolean {
    return ((this.#words[position & this.#mask] as number) & retainBit) !== 0;
  }

  /** The client has the QoS 2 message: only the release is left of the exchange. */
  received(position: number): void {
    const slot = position & this.#mask;
    this.#setState(slot, OutState.awaitsPubcomp);
    this.#publications[slot] = null;
    if (this.#stored !== null) this.#stored.bodies[slot] = 0;
  }

  /** Ends the exchange of a message that was sent; its identifier is free again. */
  finish(position: number): void {
    this.#byId?.delete(this.packetId(position));
    this.#free(position & this.#mask);
    // The client may acknowledge what it had received before it came back, before that is sent again.
    if (position < this.#sentEnd) this.#inflight--;
    else this.#waiting--;
    this.#advance();
  }

  /** Takes out of the queue, in order, every message that `wanted` picks. For what may go to somebody else. */
  extract(wanted: (position: number) => boolean): ExtractedMessage[] {
    const taken: ExtractedMessage[] = [];
    const kept: number[] = [];
    for (let position = this.#head; position < this.#tail; position++) {
      const state = this.state(position);
      if (state === OutState.done) continue;
      const publication = this.publication(position);
      if (publication === null || state === OutState.awaitsPubcomp || !wanted(position)) {
        kept.push(position);
        continue;
      }
      taken.push({ publication, subscription: this.subscription(position) });
      if (state === OutState.queued) this.#queuedBytes -= publication.storedBytes;
      if (position < this.#sentEnd) this.#inflight--;
      else this.#waiting--;
    }
    if (taken.length > 0) this.#rebuild(kept, this.#mask + 1);
    return taken;
  }

  /**
   * Lets go of the messages at the end, as long as there are more than `kept` and the store has them; nothing may be in
   * flight on a connection.
   * @returns how many, and their bytes by `Publication.storedBytes`
   */
  evict(kept: number): { count: number; bytes: number } {
    assert(this.#inflight === 0, "a message in flight is let go");
    let count = 0;
    let bytes = 0;
    for (; this.#tail - this.#head > kept; this.#tail--) {
      const position = this.#tail - 1;
      const slot = position & this.#mask;
      if (this.state(slot) !== OutState.done) {
        if (this.handle(position) === 0) break;
        count++;
        const queued = this.state(slot) === OutState.queued;
        if (queued) this.#queuedBytes -= this.#publications[slot]?.storedBytes ?? 0;
        bytes += this.#publications[slot]?.storedBytes ?? 0;
        this.#byId?.delete(this.packetId(position));
        this.#free(slot);
      }
      this.#idEnd = Math.min(this.#idEnd, position);
    }
    this.#waiting -= count;
    this.#advance();
    return { count, bytes };
  }

  /** The identifier that the next message gets, unless it is in use. */
  get nextPacketId(): number {
    return this.#nextPacketId;
  }

  /** Every message that is not done with, in sending order. */
  forEach(visit: (position: number) => void): void {
    for (let position = this.#head; position < this.#tail; position++) {
      if (this.state(position) !== OutState.done) visit(position);
    }
  }

  /** Puts a message of another outbox at the end, in its order: as if its client had gone and come back. */
  restore(message: SavedMessage, terms: DeliveryTerms): void {
    const { publication, qos, retain, state, packetId } = message;
    const slot = this.#push(publication, terms, qos, retain);
    this.#words[slot] = wordOf(packetId, state, qos, retain);
    this.#waiting++;
    if (state === OutState.queued) this.#queuedBytes += publication?.storedBytes ?? 0;
    else this.#idEnd = this.#tail;
  }

  /** All are restored. */
  endRestore(nextPacketId: number): void {
    this.#nextPacketId = nextPacketId;
    // A table made while the ring grew lacks what came behind.
    if (this.#isRegular()) this.#byId = null;
    else this.#makeTable();
  }

  #push(publication: Publication | null, terms: DeliveryTerms, qos: Qos, retain: boolean): number {
    if (this.#tail - this.#head > this.#mask) this.#makeRoom();
    const slot = this.#tail & this.#mask;
    this.#tail++;
    this.#publications[slot] = publication;
    this.#terms[slot] = terms;
    this.#words[slot] = wordOf(0, OutState.done, qos, retain);
    if (this.#stored !== null) {
      this.#stored.sequences[slot] = this.name.sequence;
      this.#stored.handles[slot] = this.name.handle;
      this.#stored.bodies[slot] = this.name.body;
    }
    return slot;
  }

  #assign(slot: number, qos: number): number {
    const packetId = this.#giveId(slot, this.#sentEnd - 1);
    this.#setState(slot, qos === 1 ? OutState.awaitsPuback : OutState.awaitsPubrec);
    this.#idEnd = this.#sentEnd;
    this.#inflight++;
    return packetId;
  }

  /** Gives the message at `position`, the first without one, its identifier. */
  #giveId(slot: number, position: number): number {
    const wanted = this.#stored === null ? this.#nextPacketId : idOf(this.#stored.sequences[slot] as number);
    let packetId = wanted;
    // [MQTT-2.2.1-4] After 65,535 messages an identifier may still be in use by one that was never acknowledged.
    while (this.find(packetId) >= 0) packetId = idAfter(packetId);
    if (this.#byId === null && (packetId !== wanted || !this.#follows(packetId, position))) this.#makeTable();
    this.#nextPacketId = idAfter(packetId);
    this.#byId?.set(packetId, position);
    this.#words[slot] = ((this.#words[slot] as number) & ~packetIdMax) | packetId;
    return packetId;
  }

  /** True if the distance of the identifier from the oldest one is that of the positions. */
  #follows(packetId: number, position: number): boolean {
    if (this.#stored === null || this.#head === this.#idEnd) return true;
    return idOf(this.packetId(this.#head) + position - this.#head) === packetId;
  }

  #takeNext(): number {
    const position = this.next;
    assert(position >= 0, "nothing waits to be sent");
    this.#sentEnd++;
    this.#waiting--;
    return position;
  }

  #has(position: number, packetId: number): boolean {
    return this.packetId(position) === packetId && this.state(position) !== OutState.done;
  }

  #setState(slot: number, state: OutState): void {
    this.#words[slot] = ((this.#words[slot] as number) & ~(7 << stateShift)) | (state << stateShift);
  }

  #free(slot: number): void {
    this.#setState(slot, OutState.done);
    this.#publications[slot] = null;
    this.#terms[slot] = null;
  }

  #advance(): void {
    while (this.#head < this.#idEnd && this.state(this.#head) === OutState.done) this.#head++;
    if (this.#sentEnd < this.#head) this.#sentEnd = this.#head;
    if (this.#head === this.#idEnd) this.#byId = null;
    if (this.#head === this.#tail && this.#mask >= 256) this.#rebuild([], initialSlots);
  }

  #makeRoom(): void {
    const live: number[] = [];
    for (let position = this.#head; position < this.#tail; position++) {
      if (this.state(position) !== OutState.done) live.push(position);
    }
    const slots = this.#mask + 1;
    // One message that is never acknowledged must not make the ring grow with every later one that is.
    this.#rebuild(live, live.length > slots / 2 ? slots * 2 : slots);
  }

  #rebuild(positions: readonly number[], slots: number): void {
    const { words, publications, terms } = emptyArrays(slots);
    const stored = this.#stored === null ? null : new StoredSlots(slots);
    let sent = 0;
    let withId = 0;
    for (const [index, position] of positions.entries()) {
      const slot = position & this.#mask;
      words[index] = this.#words[slot] as number;
      publications[index] = this.#publications[slot] as Publication | null;
      terms[index] = this.#terms[slot] as DeliveryTerms | null;
      if (this.#stored !== null) stored?.copy(index, this.#stored, slot);
      if (position < this.#sentEnd) sent++;
      if (position < this.#idEnd) withId++;
    }
    this.#words = words;
    this.#publications = publications;
    this.#terms = terms;
    this.#stored = stored;
    this.#mask = slots - 1;
    this.#head = 0;
    this.#sentEnd = sent;
    this.#idEnd = withId;
    this.#tail = positions.length;
    if (this.#isRegular()) this.#byId = null;
    else this.#makeTable();
  }

  /** True if every identifier follows the one before it, and the next one the last. */
  #isRegular(): boolean {
    for (let position = this.#head; position < this.#idEnd; position++) {
      const last = position + 1 === this.#idEnd;
      // Where identifiers come from sequences, the next one is looked at when it is given.
      if (last && this.#stored !== null) return true;
      const next = last ? this.#nextPacketId : this.packetId(position + 1);
      if (next !== idAfter(this.packetId(position))) return false;
    }
    return true;
  }

  #makeTable(): void {
    this.#byId = new Map();
    for (let position = this.#head; position < this.#idEnd; position++) {
      if (this.state(position) !== OutState.done) this.#byId.set(this.packetId(position), position);
    }
  }
}

/** A message that {@link Outbox.extract} took out. */
export interface ExtractedMessage {
  readonly publication: Publication;
  readonly subscription: DeliveryTerms;
}

function idAfter(packetId: number): number {
  return packetId === packetIdMax ? 1 : packetId + 1;
}

/** The identifier that belongs to a sequence. */
function idOf(sequence: number): number {
  return ((sequence - 1) % packetIdMax) + 1;
}

function emptyArrays(slots: number): {
  words: number[];
  publications: (Publication | null)[];
  terms: (DeliveryTerms | null)[];
} {
  return {
    words: new Array<number>(slots).fill(0),
    publications: new Array<Publication | null>(slots).fill(null),
    terms: new Array<DeliveryTerms | null>(slots).fill(null),
  };
}
