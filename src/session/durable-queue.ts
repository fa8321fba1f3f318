import type { Qos } from "../protocol/mod.ts";
import type { DeliveryTerms, Subscription } from "../router/mod.ts";
import type { EventLog, Journal, Publication, StoredMessage, StoredPage } from "../store/mod.ts";
import type { ArrivedMessage } from "./arriving-queue.ts";
import type { Outbox } from "./outbox.ts";
import type { StoredPart } from "./session-state.ts";
import type { Reader, ReadAhead } from "./read-ahead.ts";

/** Messages read from the store at once. */
const pageMessages = 256;

/** Takes what was read from the store. */
export interface MessageTaker {
  /** @param messages none where those that wait are not committed yet; null: it is to be asked for again */
  take(messages: readonly StoredMessage[] | null): void;
  failed(error: unknown): void;
}

/**
 * The part of a session that the store keeps: its number there, and the end of its queue, of which nothing but sums is
 * in memory.
 *
 *     sequence    |  in the outbox  |  in the store only  |
 *                                   ^ loadedTo            ^ lastSequence
 */
export class DurableQueue implements Reader {
  /** The session's number in the store. */
  readonly session: number;
  /** Sequence of the last message that was queued or sent. */
  lastSequence = 0;
  /** Sequence of the last message that is or was in the outbox. */
  loadedTo = 0;
  /** Sequence of the last message that was sent. */
  sentTo = 0;
  /** After a crash: messages at the front that may have been sent. */
  unsureCount = 0;
  /** After a crash: up to this sequence nobody knows whether a message was sent (DUP says "might be"). */
  unsureTo = 0;
  /** Messages that are in the store only. */
  messages = 0;
  /** Their bytes. */
  bytes = 0;
  /** Session Expiry Interval as it is recorded. */
  expirySeconds: number;
  /** True while a will is recorded. */
  hasWill = false;
  readonly log: EventLog;
  readonly #journal: Journal;
  #loading = false;
  /** True while it waits for its turn to read. */
  #waiting = false;
  /** What it takes turns by, while it reads or has a page. */
  #readAhead: ReadAhead | null = null;
  #taker: MessageTaker | null = null;
  #pageBytes = 0;
  /** What was read and is not in the outbox yet: all of it is in the store as well. */
  #page: StoredPage | null = null;
  /** Messages that came into the outbox at once, the last time. */
  #taken = 0;
  /** Changes when a page that is being read has become useless. */
  #readings = 0;
  /** True while the store may still have what was finished among the messages that it alone has. */
  #unsettled = false;

  constructor(session: number, journal: Journal, log: EventLog, expirySeconds: number) {
    this.session = session;
    this.#journal = journal;
    this.log = log;
    this.expirySeconds = expirySeconds;
  }

  /** A queue that was another shard's until now: everything recorded of it is safe. */
  static from(part: StoredPart, journal: Journal, log: EventLog): DurableQueue {
    const queue = new DurableQueue(part.session, journal, log, part.expirySeconds);
    queue.lastSequence = part.lastSequence;
    queue.loadedTo = part.loadedTo;
    queue.sentTo = part.sentTo;
    queue.unsureCount = part.unsureCount;
    queue.unsureTo = part.unsureTo;
    queue.messages = part.messages;
    queue.bytes = part.bytes;
    queue.hasWill = part.hasWill;
    return queue;
  }

  /** What another shard needs to go on with it. */
  save(): StoredPart {
    const { session, lastSequence, loadedTo, sentTo, unsureCount, unsureTo, messages, bytes } = this;
    const { expirySeconds, hasWill } = this;
    const sums = { lastSequence, loadedTo, sentTo, unsureCount, unsureTo, messages, bytes };
    return { session, ...sums, expirySeconds, hasWill };
  }

  /** True while messages are on their way from the store. */
  get loading(): boolean {
    return this.#loading;
  }

  /**
   * Says how the next message is to be recorded.
   * @param live it is sent at the same time
   */
  describe(qos: Qos, retain: boolean, live: boolean): void {
    const { entry } = this.log;
    entry.qos = qos;
    entry.retain = retain;
    entry.live = live;
  }

  /**
   * Records the message that {@link describe} told of, and names it for the outbox, where its topic's level asks for
   * it; `storeOnly`: where nobody else will have it, in any case.
   */
  record(outbox: Pick<Outbox, "name">, publication: Publication, terms: DeliveryTerms, storeOnly: boolean): void {
    const { entry } = this.log;
    // At QoS 2 always: after a crash an identifier that the client holds must not bring it another message.
    entry.awaited = publication.durable || entry.qos === 2;
    this.pass(outbox);
    if (entry.awaited || storeOnly) this.#record(outbox, publication, terms);
  }

  /** Names a message for the outbox that is not recorded: nobody needs it a second time. */
  pass(outbox: Pick<Outbox, "name">): void {
    outbox.name.sequence = ++this.lastSequence;
    outbox.name.handle = 0;
    outbox.name.body = 0;
  }

  /** Records a message that has its sequence already, in `outbox.name`. */
  recordLate(outbox: Pick<Outbox, "name">, publication: Publication, terms: DeliveryTerms): void {
    this.log.entry.awaited = true;
    this.#record(outbox, publication, terms);
  }

  #record(outbox: Pick<Outbox, "name">, publication: Publication, terms: DeliveryTerms): void {
    const { log } = this;
    const { entry } = log;
    entry.session = this.session;
    entry.sequence = outbox.name.sequence;
    entry.identifiers = terms.identifiers;
    entry.shared = terms.group === null ? "" : `$share/${terms.group.shareName}/${terms.group.filter}`;
    entry.storedBytes = publication.keptBytes;
    outbox.name.handle = log.queued(publication);
    outbox.name.body = log.lastBody;
  }

  /** A subscription was made, or has new options. */
  subscribed(subscription: Subscription, retainHandling: number): void {
    const { qos, noLocal, retainAsPublished, identifiers, group, node } = subscription;
    const options = qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);
    const filter = group === null ? node.filter : `$share/${group.shareName}/${node.filter}`;
    this.log.subscribed(this.session, filter, options, identifiers?.[0] ?? 0);
  }

  /** A message that was recorded while the session was on its way here. */
  takeArrived(outbox: Outbox, message: ArrivedMessage): void {
    const { publication, subscription, retain, sequence, handle, body } = message;
    const qos = publication.qos < subscription.qos ? publication.qos : subscription.qos;
    const { name } = outbox;
    name.sequence = sequence;
    name.handle = handle;
    name.body = body;
    this.lastSequence = sequence;
    if (this.messages === 0) {
      outbox.enqueue(publication, subscription, qos, retain);
      this.loadedTo = sequence;
      return;
    }
    this.describe(qos, retain, false);
    if (handle === 0) this.recordLate(outbox, publication, subscription);
    this.waits(publication.keptBytes);
  }

  /** One more message waits in the store only. */
  waits(bytes: number): void {
    this.messages++;
    this.bytes += bytes;
  }

  /** The session needs the message at `position` no longer. */
  finished(outbox: Outbox, position: number): void {
    const handle = outbox.handle(position);
    if (handle === 0 || this.log.takeBack(handle)) return;
    this.log.finished(this.session, outbox.sequence(position), outbox.body(position));
  }

  /** PUBREC came for the message at `position`. */
  acknowledged(outbox: Outbox, position: number): void {
    if (outbox.handle(position) === 0) return;
    this.log.acknowledged(this.session, outbox.sequence(position), outbox.body(position));
  }

  isSafe(handle: number): boolean {
    return this.#journal.isSafe(handle);
  }

  /** The last messages of the outbox go: the store has them. */
  evict(outbox: Outbox, kept: number): void {
    this.stopReading();
    const { count, bytes } = outbox.evict(kept);
    if (count === 0) return;
    this.messages += count;
    this.bytes += bytes;
    this.loadedTo = outbox.lastSequence;
    this.#unsettled = true;
  }

  /** Gives the taker the next messages, at once or when they are read. */
  load(readAhead: ReadAhead, taker: MessageTaker): void {
    if (this.#loading) return;
    this.#taker = taker;
    if (this.#page !== null) {
      this.#give(this.#page);
      return;
    }
    this.#loading = true;
    this.#readAhead = readAhead;
    this.#waiting = !readAhead.enter(this);
    if (!this.#waiting) this.onPlace();
  }

  onPlace(): void {
    this.#waiting = false;
    const readings = this.#readings;
    this.#pageBytes = this.#readAhead?.pageBytes ?? 0;
    this.#read(this.#pageBytes).then(
      (page) => {
        this.#loading = false;
        if (readings === this.#readings) this.#give(page);
        else this.#taker?.take(null);
      },
      (error: unknown) => {
        this.#loading = false;
        this.#fail(error);
      },
    );
  }

  #fail(error: unknown): void {
    const taker = this.#taker;
    this.stopReading();
    taker?.failed(error);
  }

  #give(page: StoredPage): void {
    let messages: readonly StoredMessage[];
    try {
      messages = page.take(this.#pageBytes / 8);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#page = page;
    this.#taken = messages.length;
    this.#taker?.take(messages);
    // Nobody may have taken them: the client has gone.
    const isOver = page.isEmpty || this.loadedTo !== messages.at(-1)?.sequence;
    if (isOver && this.#page === page) this.#leave();
  }

  #leave(): void {
    this.#page = null;
    this.#readAhead?.leave(this);
    this.#readAhead = null;
  }

  #read(bytesMax: number): Promise<StoredPage> {
    // As many as there is room for, from what they have on average.
    const messagesMax = Math.min(pageMessages, Math.ceil((bytesMax * this.messages) / Math.max(1, this.bytes)));
    const request = { session: this.session, after: this.loadedTo, messagesMax, bytesMax };
    if (!this.#unsettled) return this.#journal.readPage(request);
    this.#unsettled = false;
    return this.#journal.settled().then(() => this.#journal.readPage(request));
  }

  /** Counts messages in the store that have larger sequences than the last one here. */
  async findRecorded(): Promise<void> {
    for (let after = this.lastSequence; ; after = this.lastSequence) {
      const request = { session: this.session, after, messagesMax: pageMessages, bytesMax: 1024 * 1024 };
      const messages = await this.#journal.readQueue(request);
      if (messages.length === 0) return;
      for (const { storedBytes } of messages) this.bytes += storedBytes;
      this.messages += messages.length;
      this.lastSequence = Math.max(this.lastSequence, messages.at(-1)?.sequence ?? 0);
    }
  }

  /** True if so few messages are in memory, in flight included, that more are to be read. */
  wantsMore(held: number): boolean {
    return this.messages > 0 && !this.#loading && held <= this.#taken / 2;
  }

  /** The session reads no more: its client has gone, or there is nothing left. */
  stopReading(): void {
    this.#leave();
    this.#taken = 0;
    this.#readings++;
    // What is being read comes, and is of no use; who waits for a turn has given it up.
    if (this.#waiting) this.#loading = false;
    this.#waiting = false;
    if (!this.#loading) this.#taker = null;
  }

  /** A message that only the store had went to another session. */
  handedOver(message: StoredMessage): void {
    this.messages--;
    this.bytes -= message.storedBytes;
    this.#unsettled = true;
    this.stopReading();
    this.log.finished(this.session, message.sequence, message.body);
  }

  /** A message that was read goes into the outbox; true if it may have been sent, so that it is to be sent again. */
  taken(message: StoredMessage): boolean {
    this.messages--;
    this.bytes -= message.storedBytes;
    this.loadedTo = message.sequence;
    if (this.messages === 0) this.stopReading();
    if (this.unsureCount > 0) {
      this.unsureCount--;
      this.sentTo = Math.max(this.sentTo, message.sequence);
    }
    return message.publication === null || message.sequence <= this.sentTo;
  }
}
