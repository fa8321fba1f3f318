import type { TopicFilter } from "../protocol/mod.ts";
import { RemoteInterest, type Router, type SpreadGroup, type Topic } from "../router/mod.ts";
import type { Timer } from "../base/mod.ts";
import type { Dispatcher, SessionRegistry, SharedVisit, Statistics } from "../session/mod.ts";
import type { Publication, RetainedStore } from "../store/mod.ts";
import { BatchReader } from "./batch-reader.ts";
import { Calls } from "./calls.ts";
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
import { RetainedOrder } from "./retained-order.ts";
import { tellRetained } from "./tell-retained.ts";
import { Tellings } from "./tellings.ts";

/** What a {@link BatchMesh} works with. */
export interface MeshParts {
  readonly carrier: Carrier;
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly retained: RetainedStore;
  readonly sessions: SessionRegistry;
  /** Messages that may wait for one session. */
  readonly queuedMessagesMax: number;
  /** Bytes that may wait for one other shard. */
  readonly waitingBytesMax: number;
  readonly statistics: Statistics;
  /** Calls `run` once after a time. */
  readonly after: (milliseconds: number, run: () => void) => Timer;
  /** Monotonic milliseconds of this turn. */
  readonly now: () => number;
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
  readonly news: News;
  readonly #tellings: Tellings;
  readonly #crowding: Crowding;
  /** Shards that were stuck and do not know of all retained messages. */
  readonly #behind = new Set<number>();
  /** All that was announced, for shards that come later. */
  readonly #announced = new Set<TopicFilter>();
  readonly #changedGroups = new Set<SpreadGroup>();
  readonly #visit: SharedVisit = { kind: "online", position: -1, tried: [], rounds: 0 };
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
    const { waitingBytesMax, statistics, now } = parts;
    this.#crowding = new Crowding({ carrier, links: this.#links, waitingBytesMax, statistics, now });
    this.claims = new Claims({
      sessions: parts.sessions,
      router,
      source: this.#source,
      clock: this.#clock,
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

  announce(filter: TopicFilter): void {
    this.#announced.add(filter);
    this.#tellings.changed();
    for (const link of this.#links.values()) link.filter(Record.announce, filter);
  }

  withdraw(filter: TopicFilter): void {
    this.#announced.delete(filter);
    for (const link of this.#links.values()) link.filter(Record.withdraw, filter);
  }

  readonly onChanged = (group: SpreadGroup): void => {
    this.#changedGroups.add(group);
    this.#tellings.changed();
    this.#parts.wake();
  };

  forward(publication: Publication, shards: readonly number[]): void {
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

  handOn(publication: Publication, shard: number, group: number, visit: SharedVisit): void {
    const link = this.#links.get(shard);
    if (link === undefined || this.#crowding.refuses(link)) return;
    const writer = link.begin(Record.handOn);
    writer.word(group);
    writer.byte(visit.kind === "online" ? 0 : 1);
    writer.byte(visit.rounds);
    writer.word(visit.position + 1);
    writer.byte(visit.tried.length);
    for (const tried of visit.tried) writer.short(tried);
    writeMessage(writer, publication, this.#parts.now());
    this.#sendIfLarge(link);
  }

  retained(publication: Publication): void {
    const moment = this.#clock.tick();
    this.#order.changed(publication, moment);
    for (const link of this.#links.values()) {
      if (this.#crowding.refuses(link)) {
        this.#behind.add(link.shard);
        continue;
      }
      const writer = link.begin(Record.retained);
      writer.number(moment);
      writeMessage(writer, publication, this.#parts.now());
      this.#sendIfLarge(link);
    }
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
    if (this.#ticks > 0 || this.#order.remembered === 0) return;
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
    for (const group of this.#interest.groups()) if (group.local !== null) link.group(group);
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
    this.#interest.forget(shard);
    this.claims.gone(shard);
    this.calls.gone(shard);
    this.news.onGone(shard);
    this.#tellings.gone(shard);
    this.#crowding.look();
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
        return this.#order.apply(this.#messages.publication, moment);
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
    const topic = this.#messages.read(reader, this.#parts.now());
    this.#order.apply(this.#messages.publication, moment);
    this.#deliver(from, topic);
  }

  #forwarded(from: number, reader: BatchReader): void {
    this.#deliver(from, this.#messages.read(reader, this.#parts.now()));
  }

  /** Delivers the message that was read last. */
  #deliver(from: number, topic: Topic): void {
    this.#source.shard = from;
    this.#parts.dispatcher.deliverForwarded(this.#messages.publication, topic);
    this.#source.shard = this.shard;
  }

  #handedOn(reader: BatchReader): void {
    const group = this.#interest.group(reader.word());
    const visit = this.#visit;
    visit.kind = reader.byte() === 0 ? "online" : "offline";
    visit.rounds = reader.byte();
    visit.position = reader.word() - 1;
    visit.tried.length = 0;
    for (let left = reader.byte(); left > 0; left--) visit.tried.push(reader.short());
    this.#messages.read(reader, this.#parts.now());
    this.#parts.dispatcher.deliverHandedOn(this.#messages.publication, group, visit);
  }

  #heardOfAll(): number {
    let least = Infinity;
    for (const link of this.#links.values()) least = Math.min(least, link.heard);
    return least;
  }
}
