import type { Permissions } from "../auth/mod.ts";
import type { WheelEntry } from "../base/mod.ts";
import { isFailure, ReasonCode, type TopicName } from "../protocol/mod.ts";
import type { DeliveryTerms, SharedGroup, Subscription } from "../router/mod.ts";
import { type Publication, safeHandle, type StoredMessage } from "../store/mod.ts";
import type { DurableQueue } from "./durable-queue.ts";
import { admitted, tellAcknowledged, tellDropped } from "./hooked-delivery.ts";
import type { ArrivedMessage } from "./arriving-queue.ts";
import { type ExtractedMessage, Outbox, OutState } from "./outbox.ts";
import { type Outlet, PublishFlag, SendResult } from "./outlet.ts";
import type { Receiver } from "./receiver.ts";
import { ReceivedIds } from "./received-ids.ts";
import type { QueueLimits } from "./settings.ts";
import { DropReason, Limit } from "./statistics.ts";
import { termsOf } from "./stored-terms.ts";
import type { SessionContext } from "./session-context.ts";
import { SubscriptionSet } from "./subscription-set.ts";
import type { ArmedWill } from "./will.ts";
import { offlineMessagesMax, onlineMessagesMax, pumpedMax } from "./window-sizes.ts";

/**
 * One client's promises, online or not: subscriptions, messages on their way in both directions, the will (MQTT 5.0
 * section 4.1). Written for many: what a session does not use yet it does not have.
 */
export class Session implements Receiver, WheelEntry {
  // First what every delivery reads, in as few lines of the processor's cache as can be.
  readonly clientId: string;
  /** The connection that serves it; null while the client is away. */
  outlet: Outlet | null = null;
  /** What its client may do, as of its last CONNECT; null: everything. */
  permissions: Permissions | null = null;
  readonly #context: SessionContext;
  #outbox: Outbox | null = null;
  /** What the store keeps of it; null where nothing does. */
  durable: DurableQueue | null = null;
  /** Seconds that it lives on without a connection; 0: it ends with the connection. */
  expirySeconds = 0;
  #received: ReceivedIds | null = null;
  will: ArmedWill | null = null;
  /** How much may wait for it. */
  queueLimits: QueueLimits;
  readonly subscriptions: SubscriptionSet = new SubscriptionSet();
  /** When it was claimed for this shard, as the clock of claims says; 0 where there is one shard. */
  claimedAt = 0;
  /** Monotonic milliseconds at which it ends, while offline. */
  endsAt: number = Infinity;
  /** Monotonic milliseconds at which its will is published, while offline. */
  willAt: number = Infinity;
  routeMark = 0;
  routeIndex = 0;
  wheelNext: WheelEntry | null = null;
  wheelPrevious: WheelEntry | null = null;
  wheelSlot = -1;
  wheelDue = -1;
  /** Bytes of its queue that are counted among those of all. */
  #notedBytes = 0;

  constructor(clientId: string, context: SessionContext) {
    this.clientId = clientId;
    this.#context = context;
    this.queueLimits = context.settings;
  }

  get lasting(): boolean {
    return this.durable !== null;
  }

  get online(): boolean {
    return this.outlet !== null;
  }

  get load(): number {
    return this.queued + this.inflight;
  }

  /** Messages sent and not yet acknowledged. */
  get inflight(): number {
    return this.#outbox?.inflight ?? 0;
  }

  /** Messages that wait. */
  get queued(): number {
    return (this.#outbox?.queued ?? 0) + (this.durable?.messages ?? 0);
  }

  /** Messages that its queue still has room for. */
  get room(): number {
    return Math.max(0, this.#queuedMessagesMax - this.queued);
  }

  get #queuedMessagesMax(): number {
    const { queuedMessagesMax, storedMessagesMax } = this.queueLimits;
    return this.durable === null ? queuedMessagesMax : queuedMessagesMax + storedMessagesMax;
  }

  /** Bytes of the messages that wait. */
  get queuedBytes(): number {
    return (this.#outbox?.queuedBytes ?? 0) + (this.durable?.bytes ?? 0);
  }

  /** True if it outlives its connection, so that what is sent must be kept until it is acknowledged. */
  get persistent(): boolean {
    return this.expirySeconds > 0;
  }

  mayReceive(topic: TopicName): boolean {
    return this.permissions === null || this.permissions.mayReceive(topic);
  }

  onWheel(): void {
    this.#context.onTimer(this);
  }

  /**
   * Delivers a message by one of the session's subscriptions: at once if the client can take it, else into the queue.
   * @param retain the RETAIN flag that the client shall see
   */
  deliver(publication: Publication, subscription: Subscription, retain: boolean): void {
    if (this.permissions !== null && !this.permissions.mayReceive(publication.topic.name)) {
      this.#drop(DropReason.denied, publication);
      return;
    }
    const { hooks } = this.#context;
    if (hooks.deliver !== null) {
      const admittedPublication = admitted(hooks, hooks.deliver, publication, subscription);
      if (admittedPublication === null) this.#drop(DropReason.hook, publication);
      else this.#deliver(admittedPublication, subscription, retain);
      return;
    }
    this.#deliver(publication, subscription, retain);
  }

  #deliver(publication: Publication, subscription: Subscription, retain: boolean): void {
    // [MQTT-3.8.4-8]
    const qos = publication.qos < subscription.qos ? publication.qos : subscription.qos;
    const outlet = this.outlet;
    if (qos === 0) {
      if (outlet === null) return;
      if (outlet.congested) this.#drop(DropReason.slowConsumer, publication);
      else this.#sent(outlet.sendPublish(publication, subscription, retain ? PublishFlag.retain : 0, 0), publication);
      return;
    }
    const { durable } = this;
    // It has ended; its subscriptions are on their way out of the router.
    if (outlet === null && !this.persistent) return;
    const outbox = (this.#outbox ??= new Outbox(durable !== null));
    // At QoS 2 a message is not sent before it is safe: after a crash its identifier must not bring another one.
    const held = durable !== null && qos === 2;
    // A message does not overtake those that wait [MQTT-4.6.0-5].
    if (outlet === null || this.queued > 0 || held || outbox.inflight >= outlet.sendQuota || outlet.congested) {
      this.#enqueue(outbox, publication, subscription, retain);
      if (outlet?.congested) outlet.pumpLater();
      else if (held && outlet !== null) this.#context.pumpWhenCommitted(this);
      return;
    }
    // What a session cannot send a second time it need not keep: it ends with its connection, and nobody else gets it.
    const kept = this.#mustKeep(subscription) ? publication.keep() : null;
    if (durable !== null) {
      durable.describe(qos, retain, true);
      if (kept === null) durable.pass(outbox);
      else durable.record(outbox, kept, subscription, false);
      durable.sentTo = durable.lastSequence;
      durable.loadedTo = durable.lastSequence;
    }
    const packetId = outbox.begin(kept, subscription, qos, retain);
    this.#transmit(publication, subscription, (qos << 1) | (retain ? PublishFlag.retain : 0), packetId);
  }

  /**
   * Sends what waits, as far as the client can take it.
   * @returns true if it stopped only to let others have their turn
   */
  pump(): boolean {
    if (this.durable !== null) this.#outbox ??= new Outbox(true);
    const { outlet } = this;
    const outbox = this.#outbox;
    if (outlet === null || outbox === null) return false;
    const unfinished = this.#pump(outlet, outbox);
    this.#noteQueued();
    return unfinished;
  }

  #pump(outlet: Outlet, outbox: Outbox): boolean {
    let unfinished = false;
    for (let sent = 0; sent < pumpedMax; sent++) {
      const position = outbox.next;
      if (position < 0 || outbox.inflight >= outlet.sendQuota || outlet.congested) break;
      if (outbox.state(position) !== OutState.queued) {
        this.#sendAgain(outlet, outbox, position);
      } else if (this.#isHeld(outbox, position)) {
        this.#context.pumpWhenCommitted(this);
        break;
      } else {
        this.#sendFirst(outbox, position);
      }
      if (sent === pumpedMax - 1) unfinished = outbox.queued > 0;
    }
    const { durable } = this;
    if (durable === null || durable.messages === 0) return unfinished;
    // A client that could take one, and for which there is none, is owed more than it acknowledges [MQTT-4.4.0-1].
    const isIdle = outbox.next < 0 && outbox.inflight < outlet.sendQuota && !outlet.congested;
    if (isIdle || durable.wantsMore(outbox.queued + outbox.inflight)) this.#load(durable);
    return unfinished;
  }

  /** True for a QoS 2 message that is not safe yet. */
  #isHeld(outbox: Outbox, position: number): boolean {
    return this.durable !== null && outbox.qos(position) === 2 && !this.durable.isSafe(outbox.handle(position));
  }

  /** Brings more of what the store has into the outbox. */
  #load(durable: DurableQueue): void {
    durable.load(this.#context.readAhead, {
      take: (messages) => {
        const outlet = this.outlet;
        if (durable !== this.durable || outlet === null) return;
        for (const message of messages ?? []) this.#take(durable, message);
        this.#noteQueued();
        // None: they wait to be committed.
        if (messages?.length === 0) this.#context.pumpWhenCommitted(this);
        else outlet.pumpLater();
      },
      failed: (error) => this.#context.onUnreadable(this, error),
    });
  }

  /** Puts a message that was read from the store at the end of the outbox. */
  #take(durable: DurableQueue, message: StoredMessage): void {
    const outbox = (this.#outbox ??= new Outbox(true));
    const { publication, qos, retain } = message;
    outbox.name.sequence = message.sequence;
    outbox.name.handle = safeHandle;
    outbox.name.body = message.body;
    const again = durable.taken(message);
    const terms = termsOf(this, message);
    if (again || publication === null) outbox.resume(publication, terms, qos, retain);
    else outbox.enqueue(publication, terms, qos, retain);
  }

  #sendFirst(outbox: Outbox, position: number): void {
    const publication = outbox.publication(position) as Publication;
    const subscription = outbox.subscription(position);
    // [MQTT-3.3.2-5]
    const expired = publication.secondsLeft(this.#context.now()) === 0;
    // The rules may have changed, or the client come back as somebody else, since it was queued.
    if (expired || !this.mayReceive(publication.topic.name)) {
      this.durable?.finished(outbox, position);
      outbox.dropNext();
      this.#drop(expired ? DropReason.expired : DropReason.denied, publication);
      return;
    }
    let flags = (outbox.qos(position) << 1) | (outbox.retain(position) ? PublishFlag.retain : 0);
    if (this.durable !== null) {
      const sequence = outbox.sequence(position);
      this.durable.sentTo = sequence;
      if (sequence <= this.durable.unsureTo) flags |= PublishFlag.dup;
    }
    const packetId = outbox.sendNext(this.#mustKeep(subscription));
    this.#transmit(publication, subscription, flags, packetId);
  }

  /** [MQTT-4.4.0-1] Once per connection, as the PUBLISH or PUBREL that the client did not answer on its last one. */
  #sendAgain(outlet: Outlet, outbox: Outbox, position: number): void {
    const publication = outbox.publication(position);
    const packetId = outbox.sendNext(true);
    if (publication === null) return outlet.sendPubrel(packetId);
    if (!this.mayReceive(publication.topic.name)) {
      this.#drop(DropReason.denied, publication);
      outbox.finish(outbox.find(packetId));
      return;
    }
    // [MQTT-3.3.1-1] [MQTT-4.3.3-7] Its expiry was applied when it was first sent, and is not again.
    const flags = PublishFlag.dup | (outbox.qos(position) << 1) | (outbox.retain(position) ? PublishFlag.retain : 0);
    this.#transmit(publication, outbox.subscription(position), flags, packetId);
  }

  /** The QoS 1 and 2 messages on their way to the client; null: none. */
  get outbox(): Outbox | null {
    return this.#outbox;
  }

  /** Packet identifiers of all QoS 2 messages that wait for their PUBREL. */
  unreleasedIds(): number[] {
    return this.#received?.list() ?? [];
  }

  /** Goes on with the messages, in both directions, of a session that was elsewhere. */
  takeOn(outbox: Outbox | null, received: readonly number[]): void {
    this.#outbox = outbox;
    if (received.length > 0) this.#received = new ReceivedIds(received);
    this.#noteQueued();
  }

  /** Takes a message that came while the session was on its way here: it stands behind all others. */
  takeArrived(message: ArrivedMessage): void {
    const { durable } = this;
    const { publication, subscription, retain, sequence } = message;
    if (durable === null || sequence === 0) return this.deliver(publication, subscription, retain);
    durable.takeArrived((this.#outbox ??= new Outbox(true)), message);
    return this.#noteQueued();
  }

  /** The client is back: what it did not acknowledge on its last connection waits to be sent again. */
  rewind(): void {
    this.#outbox?.rewind();
    this.#received?.rewind();
  }

  /** A QoS 2 message came in before the process started. */
  receivedBefore(packetId: number): void {
    (this.#received ??= new ReceivedIds()).addBefore(packetId);
  }

  /** The client has gone: what the store has need not be held in memory as well. */
  evict(): void {
    if (this.durable === null || this.#outbox === null) return;
    this.#outbox.rewind();
    this.durable.evict(this.#outbox, offlineMessagesMax);
    this.#noteQueued();
  }

  /** The session is over: it keeps nothing, whoever may still hold it. */
  clear(): void {
    this.durable?.stopReading();
    this.durable = null;
    this.#outbox = null;
    this.#received = null;
    this.#noteQueued();
  }

  /** PUBACK from the client, with any reason code: a failure ends the exchange as well [MQTT-4.4.0-2]. */
  puback(packetId: number, reasonCode: number = ReasonCode.success): void {
    const outbox = this.#outbox;
    const position = outbox?.find(packetId) ?? -1;
    if (outbox === null || position < 0 || outbox.state(position) !== OutState.awaitsPuback) return;
    this.#acknowledged(outbox, position, 1, reasonCode);
    this.#finish(outbox, position);
  }

  /**
   * PUBREC from the client. Answers the reason code of the PUBREL to send, or null if none is [MQTT-4.3.3-4].
   */
  pubrec(packetId: number, reasonCode: number): ReasonCode | null {
    const failed = isFailure(reasonCode);
    const outbox = this.#outbox;
    const position = outbox?.find(packetId) ?? -1;
    const state = outbox === null || position < 0 ? OutState.done : outbox.state(position);
    if (outbox !== null && state === OutState.awaitsPubrec) {
      this.#acknowledged(outbox, position, 2, reasonCode);
      if (failed) {
        this.#finish(outbox, position);
        return null;
      }
      this.durable?.acknowledged(outbox, position);
      outbox.received(position);
      return ReasonCode.success;
    }
    // What is still to be read from the store is not unknown.
    if (failed || (this.durable?.messages ?? 0) > 0) return null;
    // A PUBREC that comes again gets its PUBREL again; one for nothing we know is told so (section 3.6.2.1).
    return state === OutState.awaitsPubcomp ? ReasonCode.success : ReasonCode.packetIdentifierNotFound;
  }

  /** PUBCOMP from the client. */
  pubcomp(packetId: number): void {
    const outbox = this.#outbox;
    const position = outbox?.find(packetId) ?? -1;
    if (outbox === null || position < 0 || outbox.state(position) !== OutState.awaitsPubcomp) return;
    this.#finish(outbox, position);
  }

  /** A subscription was made, or has new options. */
  recordSubscription(subscription: Subscription, retainHandling: number): void {
    this.durable?.subscribed(subscription, retainHandling);
  }

  /** The subscription to this filter, as UNSUBSCRIBE names it, is gone. */
  recordUnsubscription(filter: string): void {
    this.durable?.log.unsubscribed(this.durable.session, filter);
  }

  /** QoS 2 messages received on this connection and not yet released. */
  get unreleased(): number {
    return this.#received?.current ?? 0;
  }

  /** Notes a QoS 2 PUBLISH; false if this identifier is waiting for its PUBREL, so it is a repeat [MQTT-4.3.3-10]. */
  receive(packetId: number): boolean {
    if (this.hasReceived(packetId)) return false;
    (this.#received ??= new ReceivedIds()).add(packetId);
    this.durable?.log.taken(this.durable.session, packetId);
    return true;
  }

  /** True if a QoS 2 PUBLISH with this identifier waits for its PUBREL. */
  hasReceived(packetId: number): boolean {
    return this.#received?.has(packetId) === true;
  }

  /** PUBREL, or a PUBREC of ours that refused: the identifier is new again; false if it was unknown. */
  release(packetId: number): boolean {
    const known = this.#received?.delete(packetId) === true;
    if (known) this.durable?.log.released(this.durable.session, packetId);
    return known;
  }

  /**
   * Takes out what came by shared subscriptions that `wanted` names and this client will not finish: what waits, and
   * QoS 1 in flight. A QoS 2 message once sent stays with the client that has it [MQTT-4.8.2-4] [MQTT-4.8.2-5].
   */
  takeShared(wanted: (group: SharedGroup) => boolean): ExtractedMessage[] {
    const outbox = this.#outbox;
    if (outbox === null) return [];
    const taken = outbox.extract((position) => {
      const group = outbox.subscription(position).group;
      if (group === null || outbox.state(position) === OutState.awaitsPubrec || !wanted(group)) return false;
      this.durable?.finished(outbox, position);
      return true;
    });
    this.#noteQueued();
    return taken;
  }

  #finish(outbox: Outbox, position: number): void {
    this.durable?.finished(outbox, position);
    outbox.finish(position);
  }

  #transmit(publication: Publication, subscription: DeliveryTerms, flags: number, packetId: number): void {
    const outlet = this.outlet as Outlet;
    const result = outlet.sendPublish(publication, subscription, flags, packetId);
    this.#sent(result, publication);
    if (result !== SendResult.tooLarge) return;
    // [MQTT-3.1.2-25] A message that is too large for the client is done with.
    const outbox = this.#outbox as Outbox;
    this.#finish(outbox, outbox.find(packetId));
  }

  #sent(result: SendResult, publication: Publication): void {
    if (result === SendResult.sent) this.#context.statistics.messagesDelivered++;
    else this.#drop(DropReason.tooLarge, publication);
  }

  /** Of a session that ends with its connection nothing is sent again, so nobody needs it but those who ask for it. */
  #mustKeep({ group }: Pick<DeliveryTerms, "group">): boolean {
    return this.persistent || group !== null || this.#context.hooks.acknowledged !== null;
  }

  #acknowledged(outbox: Outbox, position: number, qos: 1 | 2, reasonCode: number): void {
    const { hooks } = this.#context;
    if (hooks.acknowledged === null) return;
    const ack = { packetId: outbox.packetId(position), qos, reasonCode, publication: outbox.publication(position) };
    tellAcknowledged(hooks, hooks.acknowledged, this.clientId, ack);
  }

  #enqueue(outbox: Outbox, publication: Publication, subscription: Subscription, retain: boolean): void {
    const { durable } = this;
    const bytes = publication.keptBytes;
    if (this.queued >= this.#queuedMessagesMax) return this.#drop(DropReason.queueFull, publication);
    if (this.queuedBytes + bytes > this.queueLimits.queuedBytesMax)
      return this.#drop(DropReason.queueBytesFull, publication);
    const qos = publication.qos < subscription.qos ? publication.qos : subscription.qos;
    const { settings, statistics } = this.#context;
    const room = statistics.queuedBytes + statistics.elsewhere.queuedBytes + bytes <= settings.queuedBytesOfAllMax;
    if (durable === null) {
      if (!room) return this.#drop(DropReason.allQueuesFull, publication);
      outbox.enqueue(publication.keep(), subscription, qos, retain);
      return this.#noteQueued();
    }
    if (!room) statistics.reached(Limit.queuedBytes);
    const inMemory = room && durable.messages === 0 && this.#fitsMemory(outbox);
    durable.describe(qos, retain, false);
    durable.record(outbox, publication, subscription, !inMemory);
    if (!inMemory) return durable.waits(bytes);
    outbox.enqueue(publication.keep(), subscription, qos, retain);
    durable.loadedTo = durable.lastSequence;
    return this.#noteQueued();
  }

  #fitsMemory(outbox: Outbox): boolean {
    if (this.outlet === null) return outbox.queued < offlineMessagesMax;
    return outbox.queued < Math.min(onlineMessagesMax, this.queueLimits.queuedMessagesMax);
  }

  /** Brings what waits in the memory of all sessions up to date with what waits in that of this one. */
  #noteQueued(): void {
    const queuedBytes = this.#outbox?.queuedBytes ?? 0;
    this.#context.statistics.queuedBytes += queuedBytes - this.#notedBytes;
    this.#notedBytes = queuedBytes;
  }

  #drop(reason: DropReason, publication: Publication): void {
    const { hooks, statistics } = this.#context;
    const dropped = statistics.messagesDropped;
    dropped[reason] = (dropped[reason] as number) + 1;
    if (hooks.dropped !== null)
      tellDropped(hooks, hooks.dropped, reason, { clientId: this.clientId, publication, count: 1 });
  }
}
