import type { TopicFilter } from "../protocol/mod.ts";
import { RemoteInterest, type RemoteRoute, type Router, type SpreadGroup, type Topic } from "../router/mod.ts";
import type { Timer } from "../base/mod.ts";
import type { Dispatcher, Receivers, SessionRegistry, SharedVisit, Statistics } from "../session/mod.ts";
import { type Journal, type Publication, type RetainedStore, SharedJournal, type Transit } from "../store/mod.ts";
import { BatchReader } from "./batch-reader.ts";
import { Calls } from "./calls.ts";
import { ClaimClock } from "./claim-clock.ts";
import { Claims } from "./claims.ts";
import type { Carrier } from "./carrier.ts";
import { Crowding } from "./crowding.ts";
import { Link } from "./link.ts";
import type { Mesh } from "./mesh.ts";
import { MeshClock } from "./mesh-clock.ts";
import { MessageReader, writeMessage } from "./message-record.ts";
import { MessageSource } from "./message-source.ts";
import { News } from "./news.ts";
import { Record } from "./record.ts";
import { RetainedRecord } from "./retained-record.ts";
import { RetainedOrder } from "./retained-order.ts";
import { StoreWay, type StoreWayParts } from "./store-way.ts";
import { tellRetained } from "./tell-retained.ts";
import { Tellings } from "./tellings.ts";
import { readVisit, writeVisit } from "./visit-record.ts";

/** What a {@link BatchMesh} works with. */
export interface MeshParts {
  readonly carrier: Carrier;
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly retained: RetainedStore;
  readonly sessions: SessionRegistry;
  readonly journal: Journal;
  /** Messages that may wait for one session. */
  readonly queuedMessagesMax: number;
  /** Bytes that may wait for one other shard. */
  readonly waitingBytesMax: number;
  readonly statistics: Statistics;
  /** Calls `run` once after a time. */
  readonly after: (milliseconds: number, run: () => void) => Timer;
  /** Monotonic milliseconds of this turn. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** Makes sure that the turn ends. */
  readonly wake: () => void;
  /** Calls `step` in later turns until it answers true. */
  readonly workLater: (step: () => boolean) => void;
}

/** Bytes of a batch beyond which it is sent before the turn ends. */
const batchBytesMax = 1024 * 1024;

/** Ticks between two looks at what other shards have not been heard of. */
const ticksPerAsk = 10;

/** The mesh over a {@link Carrier}: batches of records, one batch for each other shard and turn. */
export class BatchMesh implements Mesh {
  readonly #carrier: Carrier;
  readonly #parts: MeshParts;
  readonly #clock: MeshClock;
  readonly #interest: RemoteInterest;
  readonly #links = new Map<number, Link>();
  readonly #messages: MessageReader;
  readonly #source: MessageSource;
  readonly #order: RetainedOrder;
  readonly claims: Claims;
  readonly calls: Calls;
  /** The way to other shards that leads through the store they share; null: they share none. */
  readonly way: StoreWay | null;
  /** Null where the shards share no store. */
  readonly #stored: RetainedRecord | null;
  readonly news: News;
  readonly #tellings: Tellings;
  readonly #crowding: Crowding;
  /** Shards that were stuck and do not know of all retained messages. */
  readonly #behind = new Set<number>();
  /** All that was announced, for shards that come later. */
  readonly #announced = new Set<TopicFilter>();
  /** Of that, what lasting subscribers want. */
  readonly #lasting = new Set<TopicFilter>();
  /** Shards that crashed, and whose place nobody has taken yet. */
  readonly #missing = new Set<number>();
  #ready = false;
  readonly #changedGroups = new Set<SpreadGroup>();
  #ticks = 0;

  /** Connects the parts with each other and with the other shards; to be made before the first subscription. */
  constructor(parts: MeshParts) {
    const { carrier, router, dispatcher, retained } = parts;
    this.#parts = parts;
    this.#carrier = carrier;
    this.#clock = new MeshClock(carrier.shard);
    this.#order = new RetainedOrder(retained);
    this.#messages = new MessageReader(router.topics);
    this.#interest = new RemoteInterest(this, (filter) => router.bump(filter));
    this.#source = new MessageSource(carrier.shard);
    const { after } = parts;
    const tellGroups = (): void => this.#tellGroups();
    this.#tellings = new Tellings({ links: this.#links, clock: this.#clock, after, tellGroups });
    this.news = new News(this.#links);
    this.calls = new Calls({ links: this.#links, after });
    const onMoved: StoreWayParts["onMoved"] = (...mark) => this.claims.movedByStore(...mark);
    const wayParts = { router, dispatcher, interest: this.#interest, source: this.#source, onMoved };
    const journal = parts.journal instanceof SharedJournal ? parts.journal : null;
    this.way = journal === null ? null : new StoreWay({ ...wayParts, journal });
    this.#stored = journal === null ? null : new RetainedRecord(journal);
    const { waitingBytesMax, statistics, now } = parts;
    this.#crowding = new Crowding({ carrier, links: this.#links, waitingBytesMax, statistics, now });
    this.claims = new Claims({
      journal: parts.journal,
      way: this.way,
      isWhole: () => this.#missing.size === 0,
      sessions: parts.sessions,
      router,
      source: this.#source,
      clock: new ClaimClock(carrier.shard, parts.wallTime),
      shard: carrier.shard,
      messages: this.#messages,
      links: this.#links,
      messagesMax: parts.queuedMessagesMax,
      now: parts.now,
      after,
      tellGroups,
      told: () => this.#tellings.told(),
      room: () => this.#crowding.room(),
    });
    router.remote = this.#interest;
    dispatcher.extend(this);
    for (const shard of carrier.others) this.#joined(shard);
    carrier.onBatch = (from, batch) => this.#receive(from, batch);
    carrier.onJoined = (shard) => this.#joined(shard);
    carrier.onGone = (shard) => this.#gone(shard);
  }

  get shard(): number {
    return this.#carrier.shard;
  }

  readonly tick = (): number => this.#clock.tick();

  ready(handOns: readonly Transit[]): void {
    this.#ready = true;
    this.way?.begin(handOns);
    for (const link of this.#links.values()) link.begin(Record.ready);
  }

  announceLasting(filter: TopicFilter): void {
    if (this.way === null || this.#lasting.has(filter)) return;
    this.#lasting.add(filter);
    this.#tellings.changed();
    for (const link of this.#links.values()) link.filter(Record.lasting, filter);
  }

  announce(filter: TopicFilter): void {
    this.#announced.add(filter);
    this.#tellings.changed();
    for (const link of this.#links.values()) link.filter(Record.announce, filter);
  }

  withdraw(filter: TopicFilter): void {
    this.#announced.delete(filter);
    this.#lasting.delete(filter);
    for (const link of this.#links.values()) link.filter(Record.withdraw, filter);
  }

  readonly onChanged = (group: SpreadGroup): void => {
    this.#changedGroups.add(group);
    this.#tellings.changed();
    this.#parts.wake();
  };

  forward(publication: Publication, { shards, lasting, passing }: RemoteRoute): void {
    if (this.way === null || lasting.length === 0 || !this.way.takes(publication)) {
      this.#forward(publication, shards);
      return;
    }
    this.way.forward(publication, lasting);
    this.#forward(publication, passing);
  }

  #forward(publication: Publication, shards: readonly number[]): void {
    let first: Link | null = null;
    let start = 0;
    let end = 0;
    for (let index = 0; index < shards.length; index++) {
      const link = this.#links.get(shards[index] as number);
      if (link === undefined || this.#crowding.refuses(link)) continue;
      const writer = link.begin(Record.forward);
      if (first === null) {
        first = link;
        start = writer.at;
        writeMessage(writer, publication, this.#parts.now());
        end = writer.at;
      } else {
        writer.copy(first.writer.bytes, start, end);
      }
    }
    for (let index = 0; index < shards.length; index++) {
      const link = this.#links.get(shards[index] as number);
      if (link !== undefined) this.#sendIfLarge(link);
    }
  }

  handOn(publication: Publication, shard: number, group: SpreadGroup, visit: SharedVisit): void {
    if (this.way?.takes(publication) === true) {
      this.way.handOn(publication, shard, group, visit);
      return;
    }
    const link = this.#links.get(shard);
    if (link === undefined || this.#crowding.refuses(link)) return;
    const writer = link.begin(Record.handOn);
    writer.word(group.idAt(shard));
    writeVisit(writer, visit);
    writeMessage(writer, publication, this.#parts.now());
    this.#sendIfLarge(link);
  }

  retained(publication: Publication): void {
    const moment = this.#clock.tick();
    this.#order.changed(publication, moment);
    this.#stored?.recorded(publication);
    const lasting = this.#lastingElsewhere(publication);
    this.way?.retained(publication, lasting);
    for (const link of this.#links.values()) {
      if (this.#crowding.refuses(link)) {
        this.#behind.add(link.shard);
        continue;
      }
      const writer = link.begin(Record.retained);
      writer.number(moment);
      writer.byte(lasting.includes(link.shard) ? 1 : 0);
      writeMessage(writer, publication, this.#parts.now());
      this.#sendIfLarge(link);
    }
  }

  /** The shards whose lasting subscribers get the message through the store. */
  #lastingElsewhere(publication: Publication): readonly number[] {
    if (this.way === null || !this.way.takes(publication)) return [];
    const { router } = this.#parts;
    return router.route(router.topics.findName(publication.topic.name)).remote?.lasting ?? [];
  }

  endTurn(): void {
    this.#tellGroups();
    for (const link of this.#links.values()) if (link.begun) this.#send(link);
    this.#crowding.look();
  }

  /** Tells who was stuck, and takes again, of the retained messages that have changed meanwhile. */
  #catchUp(): void {
    for (const shard of this.#behind) {
      const link = this.#links.get(shard);
      if (link !== undefined && this.#crowding.isStuck(shard)) continue;
      this.#behind.delete(shard);
      if (link !== undefined) this.#tellRetained(link);
    }
  }

  #tellGroups(): void {
    for (const group of this.#changedGroups) for (const link of this.#links.values()) link.group(group);
    this.#changedGroups.clear();
  }

  onTick(): void {
    this.#crowding.look();
    if (this.#behind.size > 0) this.#catchUp();
    this.#ticks = (this.#ticks + 1) % ticksPerAsk;
    if (this.#ticks > 0) return;
    this.#stored?.look();
    if (this.#order.remembered === 0) return;
    this.#tellings.ask();
  }

  #sendIfLarge(link: Link): void {
    if (link.writer.at > batchBytesMax) this.#send(link);
  }

  #send(link: Link): void {
    const batch = link.take(this.#clock.latest);
    const bytes = batch.length;
    this.#carrier.send(link.shard, batch);
    this.#crowding.sent(link, bytes);
  }

  #joined(shard: number): void {
    const link = new Link(shard, () => this.#parts.wake());
    this.#links.set(shard, link);
    // In any case a batch: the other shard's clock must not be behind.
    link.begin(null);
    for (const filter of this.#announced) link.filter(Record.announce, filter);
    for (const filter of this.#lasting) link.filter(Record.lasting, filter);
    for (const group of this.#interest.groups()) if (group.local !== null) link.group(group);
    if (this.#ready) link.begin(Record.ready);
    this.news.onJoined();
    this.#tellRetained(link);
  }

  /** Tells a shard of all retained messages, in steps. */
  #tellRetained(link: Link): void {
    const { shard } = link;
    const { retained, now, workLater } = this.#parts;
    const step = tellRetained(link, retained, this.#order, now);
    workLater(() => {
      // It may be gone again.
      if (this.#links.get(shard) !== link) return true;
      const done = step();
      this.#sendIfLarge(link);
      return done;
    });
  }

  #gone(shard: number): void {
    this.#links.delete(shard);
    if (this.way === null) {
      this.#interest.forget(shard);
    } else {
      this.#interest.pause(shard);
      this.#missing.add(shard);
    }
    this.claims.gone(shard);
    this.calls.gone(shard);
    this.news.onGone(shard);
    this.#tellings.gone(shard);
    this.#crowding.look();
  }

  /** The shard has everything that its place had. */
  #isReady(shard: number): void {
    const { way } = this;
    if (way === null) return;
    for (const missing of this.#missing) {
      if (way.placeOf(missing) !== way.placeOf(shard)) continue;
      this.#missing.delete(missing);
      this.#interest.forget(missing);
    }
    this.claims.goOn();
  }

  #receive(from: number, batch: Uint8Array): void {
    const link = this.#links.get(from);
    if (link === undefined) return;
    const reader = new BatchReader(batch);
    link.heard = reader.number();
    this.#clock.saw(link.heard);
    while (!reader.done) this.#record(link, reader);
    if (this.#order.remembered > 0) this.#order.forgetBefore(this.#heardOfAll());
    this.#parts.wake();
  }

  #record(link: Link, reader: BatchReader): void {
    const record = reader.byte() as Record;
    switch (record) {
      case Record.announce:
        return this.#interest.announced(link.shard, reader.text() as TopicFilter);
      case Record.lasting:
        return this.#interest.announcedLasting(link.shard, reader.text() as TopicFilter);
      case Record.ready:
        return this.#isReady(link.shard);
      case Record.withdraw:
        return this.#interest.withdrawn(link.shard, reader.text() as TopicFilter);
      case Record.group:
        return this.#placed(link.shard, reader);
      case Record.forward:
        return this.#forwarded(link.shard, reader);
      case Record.handOn:
        return this.#handedOn(reader);
      case Record.retained:
        return this.#retainedElsewhere(link.shard, reader);
      case Record.held: {
        const moment = reader.number();
        this.#messages.read(reader, this.#parts.now());
        this.#order.apply(this.#messages.publication, moment);
        return undefined;
      }
      case Record.ask:
        return link.begin(Record.echo).number(reader.number());
      case Record.echo:
        return this.#tellings.echoed(link.shard, reader.number());
      case Record.question:
        return this.calls.asked(link, reader);
      case Record.news:
        return this.news.told(link, reader);
      case Record.reply:
        return this.calls.answered(reader);
      default:
        return this.claims.receive(record, link, reader);
    }
  }

  #placed(shard: number, reader: BatchReader): void {
    const filter = reader.text() as TopicFilter;
    const shareName = reader.text();
    const group = reader.word();
    const online = reader.word();
    const offline = reader.word();
    const since = reader.number();
    this.#interest.placed(shard, { filter, shareName }, { group, online, offline, since });
  }

  #retainedElsewhere(from: number, reader: BatchReader): void {
    const moment = reader.number();
    const to = reader.byte() === 1 ? "passing" : "all";
    const topic = this.#messages.read(reader, this.#parts.now());
    if (this.#order.apply(this.#messages.publication, moment)) this.#stored?.lost(this.#messages.publication);
    this.#deliver(from, topic, to);
  }

  #forwarded(from: number, reader: BatchReader): void {
    this.#deliver(from, this.#messages.read(reader, this.#parts.now()), "all");
  }

  /** Delivers the message that was read last. */
  #deliver(from: number, topic: Topic, to: Receivers): void {
    this.#source.shard = from;
    this.#parts.dispatcher.deliverForwarded(this.#messages.publication, topic, to);
    this.#source.shard = this.shard;
  }

  #handedOn(reader: BatchReader): void {
    const group = this.#interest.group(reader.word());
    const visit = readVisit(reader);
    this.#messages.read(reader, this.#parts.now());
    this.#parts.dispatcher.deliverHandedOn(this.#messages.publication, group, visit);
  }

  #heardOfAll(): number {
    let least = Infinity;
    for (const link of this.#links.values()) least = Math.min(least, link.heard);
    return least;
  }
}
