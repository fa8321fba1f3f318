import type { Timer } from "../base/mod.ts";
import type { Router } from "../router/mod.ts";
import {
  ArrivingQueue,
  type ClaimingClient,
  ClaimOutcome,
  saveSubscription,
  type SessionClaims,
  type SessionRegistry,
} from "../session/mod.ts";
import type { Journal } from "../store/mod.ts";
import { Arrival } from "./arrival.ts";
import type { BatchWriter } from "./batch-writer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { ClaimClock } from "./claim-clock.ts";
import { Departure } from "./departure.ts";
import type { Link } from "./link.ts";
import type { MessageReader } from "./message-record.ts";
import type { MessageSource } from "./message-source.ts";
import { OwnClaim } from "./own-claim.ts";
import { ClaimAnswer, Record } from "./record.ts";
import { storeSource, type StoreWay } from "./store-way.ts";
import { readState, readSubscriptions, writeState, writeSubscriptions } from "./state-record.ts";

/** What {@link Claims} work with. */
export interface ClaimsParts {
  readonly sessions: SessionRegistry;
  readonly router: Router;
  readonly source: MessageSource;
  readonly clock: ClaimClock;
  readonly shard: number;
  readonly messages: MessageReader;
  readonly links: ReadonlyMap<number, Link>;
  readonly journal: Journal;
  /** The way through the store; null: the shards share none. */
  readonly way: StoreWay | null;
  /** False while a shard that crashed, and had sessions of the store, is not replaced. */
  readonly isWhole: () => boolean;
  /** Messages that may wait for a session while it moves. */
  readonly messagesMax: number;
  readonly now: () => number;
  readonly after: (milliseconds: number, run: () => void) => Timer;
  /** Writes what is known of this shard's groups, so that what is written next comes behind it. */
  readonly tellGroups: () => void;
  /** See {@link SessionClaims.told}. */
  readonly told: SessionClaims["told"];
  /** See {@link SessionClaims.room}. */
  readonly room: SessionClaims["room"];
}

/** What a claim is called by all shards. */
interface ClaimName {
  readonly clientId: string;
  /** See {@link ClaimClock}. */
  readonly moment: number;
}

/** A client that wants its session. */
interface Wanted {
  readonly client: ClaimingClient;
  readonly done: (outcome: ClaimOutcome) => void;
  /** When it came. */
  readonly moment: number;
  /** When it came, for what no other shard hears of. */
  readonly quiet: number;
}

/** Milliseconds after which a shard that does not answer is not waited for. */
const answerMilliseconds = 1000;

/** Milliseconds that a client waits for a shard that may have its session in the store, or for its successor. */
const replaceMilliseconds = 5000;

/** Milliseconds after which a session that was given away and not fetched is forgotten. */
const departureMilliseconds = 3000;

/**
 * Sees to it that a client's session is on one shard only, and brings it to the one that the client connects to.
 *
 *     new place N              old place O               every other shard P
 *       claim ---------------> lets the connection go
 *         |                    (0x8E), keeps the session
 *       subscribes <---------- offer: subscriptions
 *       moving --------------> takes no more from N
 *         |------------------------------------------------> sends to N and O;
 *         | <--- moved ------- takes no more from itself     from now on N's counts
 *         | <-------------------------------------- moved ---|
 *         |                    takes no more from P <- moved-'
 *       goes on <------------- session
 *
 * Goals: nothing that is published while a session moves is lost, comes twice, or overtakes; of several connections of
 * a client at the same time one is left; no shard that hangs can hold the session back.
 *
 * Rules: (1) a claim has a moment ({@link ClaimClock}), and the latest one wins; (2) each shard has one point in its
 * stream to the old place and one in its stream to the new place, made in the same instant: before it the old place
 * takes the shard's messages, behind it the new one; (3) who has lost a claim gets the session all the same where it is
 * on its way to him, and gives it to the one who has won.
 */
export class Claims implements SessionClaims {
  readonly #parts: ClaimsParts;
  readonly #claims = new Map<string, OwnClaim>();
  readonly #departures = new Map<string, Departure>();
  /** Claims that wait until a crashed shard is replaced. */
  #postponed = new Set<() => void>();

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
  }

  told(): Promise<void> | null {
    return this.#parts.told();
  }

  room(): Promise<void> | null {
    return this.#parts.room();
  }

  claim(client: ClaimingClient, done: (outcome: ClaimOutcome) => void): void {
    const { clock } = this.#parts;
    const { quiet } = clock;
    // However long it waits: what counts is when the client came.
    this.#claim({ client, done, moment: clock.tick(), quiet });
  }

  #claim(wanted: Wanted): void {
    const { client, done } = wanted;
    const { clientId } = client;
    const { sessions, links, after, isWhole, way } = this.#parts;
    if (!isWhole()) {
      this.#postpone(wanted);
      return;
    }
    const earlier = this.#claims.get(clientId);
    if (earlier !== undefined) {
      earlier.behind.push(() => this.#claim(wanted));
      return;
    }
    const session = sessions.get(clientId);
    if (session !== null || links.size === 0) {
      // The others do not hear of it: it must not win against their later claims.
      this.#grant(new OwnClaim(client, Math.max(session?.claimedAt ?? 0, wanted.quiet), [], done));
      return;
    }
    const own = new OwnClaim(client, wanted.moment, links.keys(), done);
    this.#claims.set(clientId, own);
    const patience = way === null ? answerMilliseconds : replaceMilliseconds;
    own.deadline = after(patience, () => this.#late(own));
    for (const link of links.values()) {
      const writer = link.begin(Record.claim);
      writer.text(clientId);
      writer.number(own.moment);
      writer.byte(client.cleanStart ? 1 : 0);
    }
  }

  /** The session may be that of a crashed shard, which comes back with its successor. */
  #postpone(wanted: Wanted): void {
    const goOn = (): void => {
      deadline.cancel();
      this.#claim(wanted);
    };
    const deadline = this.#parts.after(replaceMilliseconds, () => {
      this.#postponed.delete(goOn);
      wanted.done(ClaimOutcome.unavailable);
    });
    this.#postponed.add(goOn);
  }

  /** A crashed shard is replaced. */
  goOn(): void {
    if (!this.#parts.isWhole()) return;
    const postponed = this.#postponed;
    this.#postponed = new Set();
    for (const goOn of postponed) goOn();
  }

  /**
   * Not all have answered in time. A session that the store knows must not begin a second time: its client is to come
   * again, and finds it when it has come.
   */
  #late(own: OwnClaim): void {
    if (this.#parts.way === null) this.#end(own);
    else own.tell(ClaimOutcome.unavailable);
  }

  /** A record of this kind has come. */
  receive(record: Record, link: Link, reader: BatchReader): void {
    const clientId = reader.text();
    const moment = reader.number();
    this.#parts.clock.saw(moment);
    switch (record) {
      case Record.claim:
        return this.#claimed(link.shard, clientId, moment, reader.byte() === 1);
      case Record.answer:
        return this.#answered(link.shard, this.#own(clientId, moment), reader);
      case Record.moving:
        return this.#moving(link, { clientId, moment }, { owner: reader.short(), stored: reader.number() });
      case Record.moved:
        return this.#moved(link.shard, clientId, moment);
      default:
        return this.#arrived(this.#own(clientId, moment), clientId, reader);
    }
  }

  /** A shard is gone: it is waited for no longer, and what was on its way to it stays. */
  gone(shard: number): void {
    const sources = this.#sourcesOf([shard]);
    for (const own of this.#claims.values()) {
      // Its successor may bring the session.
      const isLost = own.waiting.delete(shard) || (own.owner === shard && own.arrived === null);
      if (isLost && this.#parts.way !== null) own.tell(ClaimOutcome.unavailable);
      for (const source of sources) own.arrival?.moved(source);
      if (own.owner === shard && own.arrived === null) own.giveUp();
      this.#arriveIfComplete(own);
      this.#endIfComplete(own);
    }
    for (const departure of this.#departures.values()) {
      for (const source of sources) departure.waiting.delete(source);
      if (departure.to === shard) this.#takeBack(departure);
      else this.#departIfComplete(departure);
    }
  }

  #own(clientId: string, moment: number): OwnClaim | null {
    const own = this.#claims.get(clientId);
    return own?.moment === moment ? own : null;
  }

  #claimed(from: number, clientId: string, moment: number, cleanStart: boolean): void {
    const own = this.#claims.get(clientId);
    const session = this.#parts.sessions.get(clientId);
    const isStored = session?.lasting === true;
    const latest = own?.moment ?? session?.claimedAt ?? this.#departures.get(clientId)?.moment ?? 0;
    if (latest > moment) {
      this.#answer(from, { clientId, moment }, ClaimAnswer.superseded);
      return;
    }
    if (own !== undefined) {
      // The session may be on its way to here: it goes on from here when it has come.
      own.tell(ClaimOutcome.superseded);
      own.behind.push(() => this.#claimed(from, clientId, moment, cleanStart));
      return;
    }
    const surrendered = this.#parts.sessions.surrender(clientId, cleanStart);
    if (surrendered === null) {
      const answer = (): void => void this.#answer(from, { clientId, moment }, ClaimAnswer.none);
      // The store must not know two sessions of one client.
      if (isStored) void this.#parts.journal.settled().then(answer);
      else answer();
      return;
    }
    const { router, source, after } = this.#parts;
    const subscriptions = Array.from(
      { [Symbol.iterator]: () => surrendered.subscriptions[Symbol.iterator]() },
      (each) => saveSubscription(each),
    );
    const waiting = this.#waitingFor(surrendered.lasting);
    const departure = new Departure(surrendered, { to: from, moment }, { router, source, waiting });
    this.#departures.set(clientId, departure);
    if (!surrendered.lasting) after(departureMilliseconds, () => this.#forget(departure));
    const writer = this.#answer(from, { clientId, moment }, ClaimAnswer.offer);
    if (writer === null) return;
    writeSubscriptions(writer, subscriptions);
    writer.number(surrendered.durable?.session ?? 0);
    writer.number(surrendered.durable?.lastSequence ?? 0);
  }

  #answer(to: number, claim: ClaimName, answer: ClaimAnswer): BatchWriter | null {
    const writer = this.#parts.links.get(to)?.begin(Record.answer);
    if (writer === undefined) return null;
    writer.text(claim.clientId);
    writer.number(claim.moment);
    writer.byte(answer);
    return writer;
  }

  /** What messages of these shards are called, by the ways on which they come. */
  #sourcesOf(shards: Iterable<number>): number[] {
    const { way } = this.#parts;
    const sources = [...shards];
    return way === null ? sources : [...sources, ...sources.map((shard) => storeSource(way.placeOf(shard)))];
  }

  /** Who has to say from where on its messages go to a session's new place. */
  #waitingFor(isStored: boolean): Set<number> {
    const { links } = this.#parts;
    return new Set(isStored ? this.#sourcesOf(links.keys()) : links.keys());
  }

  #answered(from: number, own: OwnClaim | null, reader: BatchReader): void {
    const answer = reader.byte() as ClaimAnswer;
    if (own === null) return;
    own.waiting.delete(from);
    if (answer === ClaimAnswer.superseded) own.tell(ClaimOutcome.superseded);
    if (answer === ClaimAnswer.offer) this.#fetch(own, from, reader);
    this.#endIfComplete(own);
  }

  /** Subscribes in the session's place, and tells all shards so. */
  #fetch(own: OwnClaim, owner: number, reader: BatchReader): void {
    const { router, source, messagesMax, links, tellGroups, way, journal, shard } = this.#parts;
    const subscriptions = readSubscriptions(reader);
    const stored = reader.number();
    const queue = new ArrivingQueue(stored, reader.number(), journal);
    const { clientId } = own.client;
    const waiting = this.#waitingFor(queue.isStored);
    own.owner = owner;
    own.arrival = new Arrival(clientId, subscriptions, { router, source, messagesMax, queue, waiting });
    tellGroups();
    if (stored > 0) way?.moved(stored, own.moment, { old: owner, new: shard, arrivesBehind: queue.arrivesBehind });
    for (const link of links.values()) {
      const writer = link.begin(Record.moving);
      writer.text(own.client.clientId);
      writer.number(own.moment);
      writer.short(owner);
      writer.number(stored);
    }
  }

  #moving(
    to: Link,
    { clientId, moment }: ClaimName,
    { owner, stored }: { readonly owner: number; readonly stored: number },
  ): void {
    const { links, shard, way } = this.#parts;
    if (stored > 0) way?.moved(stored, moment, { old: owner, new: to.shard, arrivesBehind: 0 });
    const places = owner === shard ? [to] : [to, links.get(owner)];
    for (const place of places) {
      const writer = place?.begin(Record.moved);
      writer?.text(clientId);
      writer?.number(moment);
    }
    if (owner !== shard) return;
    this.#departure(clientId, moment)?.moved(shard);
    this.#moved(to.shard, clientId, moment);
  }

  /** What comes from the source through the store goes to the session's new place from now on. */
  movedByStore(source: number, session: number, moment: number): void {
    for (const own of this.#claims.values()) {
      if (own.moment !== moment) continue;
      own.arrival?.moved(source);
      this.#arriveIfComplete(own);
      return;
    }
    for (const departure of this.#departures.values()) {
      if (departure.moment !== moment || departure.session.durable?.session !== session) continue;
      departure.moved(source);
      this.#departIfComplete(departure);
      return;
    }
  }

  #departure(clientId: string, moment: number): Departure | null {
    const departure = this.#departures.get(clientId);
    return departure?.moment === moment ? departure : null;
  }

  #moved(from: number, clientId: string, moment: number): void {
    const own = this.#own(clientId, moment);
    if (own !== null) {
      own.arrival?.moved(from);
      this.#arriveIfComplete(own);
    }
    const departure = this.#departure(clientId, moment);
    if (departure === null) return;
    departure.moved(from);
    this.#departIfComplete(departure);
  }

  #departIfComplete(departure: Departure): void {
    if (departure.waiting.size > 0 || departure.isSettling) return;
    const { sessions, journal, way } = this.#parts;
    if (way === null || !departure.lasting) {
      this.#depart(departure);
      return;
    }
    departure.settle();
    sessions.handOver(departure.session, way.placeOf(departure.to));
    void journal.settled().then(() => this.#depart(departure));
  }

  #depart(departure: Departure): void {
    if (this.#departures.get(departure.clientId) !== departure) return;
    this.#departures.delete(departure.clientId);
    const { links, now } = this.#parts;
    const state = departure.finish(now());
    const writer = links.get(departure.to)?.begin(Record.session);
    if (writer === undefined) return;
    writer.text(departure.clientId);
    writer.number(departure.moment);
    writeState(writer, state, now());
  }

  #takeBack(departure: Departure): void {
    if (!this.#departures.delete(departure.clientId)) return;
    const { sessions, now } = this.#parts;
    // The shard that is gone may have recorded messages in the session's queue already.
    sessions.findRecorded(sessions.adopt(departure.finish(now())));
  }

  /** Time is over. Nobody can have fetched it, or he has given it up: two sessions of one client must not be. */
  #forget(departure: Departure): void {
    if (this.#departures.get(departure.clientId) !== departure) return;
    this.#departures.delete(departure.clientId);
    departure.finish(this.#parts.now());
  }

  #arrived(own: OwnClaim | null, clientId: string, reader: BatchReader): void {
    const { messages, now } = this.#parts;
    const state = readState(clientId, reader, messages, now());
    if (own === null) return;
    own.arrived = state;
    this.#arriveIfComplete(own);
  }

  /** The session goes on here once it has come, and whoever sent its messages to the old place sends them here. */
  #arriveIfComplete(own: OwnClaim): void {
    const { arrival, arrived } = own;
    if (arrived === null || arrival === null || arrival.waiting.size > 0) return;
    own.arrived = null;
    own.arrival = null;
    own.owner = -1;
    const session = this.#parts.sessions.adopt(arrived);
    arrival.finish(session);
    if (session.durable !== null) this.#parts.way?.arrived(session.durable.session, own.moment);
    this.#endIfComplete(own);
  }

  #endIfComplete(own: OwnClaim): void {
    if (own.waiting.size === 0 && own.owner < 0) this.#end(own);
  }

  #end(own: OwnClaim): void {
    if (!this.#claims.delete(own.client.clientId)) return;
    own.deadline?.cancel();
    own.giveUp();
    this.#grant(own);
    for (const next of own.behind) next();
  }

  #grant(own: OwnClaim): void {
    own.tell(ClaimOutcome.granted);
    const session = this.#parts.sessions.get(own.client.clientId);
    if (session !== null) session.claimedAt = own.moment;
  }
}
