import type { Permissions } from "../auth/mod.ts";
import type { WheelEntry } from "../base/mod.ts";
import { ReasonCode, type TopicName } from "../protocol/mod.ts";
import type { SharedGroup, Subscriber, Subscription } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";
import { Outbox, OutState } from "./outbox.ts";
import { type Outlet, PublishFlag, SendResult } from "./outlet.ts";
import type { QueueLimits, SessionSettings } from "./settings.ts";
import { DropReason, type Statistics } from "./statistics.ts";
import { SubscriptionSet } from "./subscription-set.ts";
import type { ArmedWill } from "./will.ts";

/** What all sessions of a shard share. */
export interface SessionContext {
  readonly settings: SessionSettings;
  readonly statistics: Statistics;
  /** Monotonic milliseconds of this turn. */
  readonly now: () => number;
  /** Runs when a session's timer is due. */
  readonly onTimer: (session: Session) => void;
}

/** How many messages one call of {@link Session.pump} sends at most, so that one client does not hold up the others. */
const pumpedMax = 256;

/**
 * One client's promises, online or not: subscriptions, messages on their way in both directions, the will (MQTT 5.0
 * section 4.1). Written for many: what a session does not use yet it does not have.
 */
export class Session implements Subscriber, WheelEntry {
  readonly clientId: string;
  /** The connection that serves it; null while the client is away. */
  outlet: Outlet | null = null;
  /** Seconds that it lives on without a connection; 0: it ends with the connection. */
  expirySeconds = 0;
  will: ArmedWill | null = null;
  /** What its client may do, as of its last CONNECT; null: everything. */
  permissions: Permissions | null = null;
  /** How much may wait for it. */
  queueLimits: QueueLimits;
  readonly subscriptions: SubscriptionSet = new SubscriptionSet();
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
  #outbox: Outbox | null = null;
  /** Packet identifiers of QoS 2 messages received on this connection and not yet released. */
  #received: Set<number> | null = null;
  /** The same of earlier connections: they do not count against the client's quota (section 4.9). */
  #receivedBefore: Set<number> | null = null;
  /** Bytes of its queue that are counted among those of all. */
  #notedBytes = 0;
  readonly #context: SessionContext;

  constructor(clientId: string, context: SessionContext) {
    this.clientId = clientId;
    this.#context = context;
    this.queueLimits = context.settings;
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
    return this.#outbox?.queued ?? 0;
  }

  /** Messages that its queue still has room for. */
  get room(): number {
    return Math.max(0, this.queueLimits.queuedMessagesMax - this.queued);
  }

  /** Bytes of the messages that wait. */
  get queuedBytes(): number {
    return this.#outbox?.queuedBytes ?? 0;
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
      this.#drop(DropReason.denied);
      return;
    }
    // [MQTT-3.8.4-8]
    const qos = publication.qos < subscription.qos ? publication.qos : subscription.qos;
    const outlet = this.outlet;
    if (qos === 0) {
      if (outlet === null) return;
      if (outlet.congested) this.#drop(DropReason.slowConsumer);
      else this.#sent(outlet.sendPublish(publication, subscription, retain ? PublishFlag.retain : 0, 0));
      return;
    }
    // It has ended; its subscriptions are on their way out of the router.
    if (outlet === null && !this.persistent) return;
    const outbox = (this.#outbox ??= new Outbox());
    // A message does not overtake those that wait [MQTT-4.6.0-5].
    if (outlet === null || outbox.queued > 0 || outbox.inflight >= outlet.sendQuota || outlet.congested) {
      this.#enqueue(outbox, publication, subscription, retain);
      if (outlet?.congested) outlet.pumpLater();
      return;
    }
    // What a session cannot send a second time it need not keep: it ends with its connection, and nobody else gets it.
    const kept = this.persistent || subscription.group !== null ? publication.keep() : null;
    const packetId = outbox.begin(kept, subscription, qos, retain);
    this.#transmit(publication, subscription, (qos << 1) | (retain ? PublishFlag.retain : 0), packetId);
  }

  /**
   * Sends what waits, as far as the client can take it.
   * @returns true if it stopped only to let others have their turn
   */
  pump(): boolean {
    const outlet = this.outlet;
    const outbox = this.#outbox;
    if (outlet === null || outbox === null) return false;
    const unfinished = this.#pump(outlet, outbox);
    this.#noteQueued();
    return unfinished;
  }

  #pump(outlet: Outlet, outbox: Outbox): boolean {
    for (let sent = 0; sent < pumpedMax; sent++) {
      const position = outbox.next;
      if (position < 0 || outbox.inflight >= outlet.sendQuota || outlet.congested) return false;
      if (outbox.state(position) === OutState.queued) this.#sendFirst(outbox, position);
      else this.#sendAgain(outlet, outbox, position);
    }
    return outbox.queued > 0;
  }

  #sendFirst(outbox: Outbox, position: number): void {
    const publication = outbox.publication(position) as Publication;
    const subscription = outbox.subscription(position);
    // [MQTT-3.3.2-5]
    const expired = publication.secondsLeft(this.#context.now()) === 0;
    // The rules may have changed, or the client come back as somebody else, since it was queued.
    if (expired || !this.mayReceive(publication.topic.name)) {
      outbox.dropNext();
      this.#drop(expired ? DropReason.expired : DropReason.denied);
      return;
    }
    const flags = (outbox.qos(position) << 1) | (outbox.retain(position) ? PublishFlag.retain : 0);
    const packetId = outbox.sendNext(this.persistent || subscription.group !== null);
    this.#transmit(publication, subscription, flags, packetId);
  }

  /** [MQTT-4.4.0-1] Once per connection, as the PUBLISH or PUBREL that the client did not answer on its last one. */
  #sendAgain(outlet: Outlet, outbox: Outbox, position: number): void {
    const publication = outbox.publication(position);
    const packetId = outbox.sendNext(true);
    if (publication === null) {
      outlet.sendPubrel(packetId);
      return;
    }
    if (!this.mayReceive(publication.topic.name)) {
      this.#drop(DropReason.denied);
      outbox.finish(outbox.find(packetId));
      return;
    }
    // [MQTT-3.3.1-1] [MQTT-4.3.3-7] Its expiry was applied when it was first sent, and is not again.
    const flags = PublishFlag.dup | (outbox.qos(position) << 1) | (outbox.retain(position) ? PublishFlag.retain : 0);
    this.#transmit(publication, outbox.subscription(position), flags, packetId);
  }

  /** The client is back: what it did not acknowledge on its last connection waits to be sent again. */
  rewind(): void {
    this.#outbox?.rewind();
    if (this.#received === null) return;
    this.#receivedBefore = new Set([...(this.#receivedBefore ?? []), ...this.#received]);
    this.#received = null;
  }

  /** The session is over: it keeps nothing, whoever may still hold it. */
  clear(): void {
    this.#outbox = null;
    this.#received = null;
    this.#receivedBefore = null;
    this.#noteQueued();
  }

  /** PUBACK from the client, with any reason code: a failure ends the exchange as well [MQTT-4.4.0-2]. */
  puback(packetId: number): void {
    const outbox = this.#outbox;
    const position = outbox?.find(packetId) ?? -1;
    if (outbox === null || position < 0 || outbox.state(position) !== OutState.awaitsPuback) return;
    outbox.finish(position);
  }

  /**
   * PUBREC from the client. Answers the reason code of the PUBREL to send, or null if none is [MQTT-4.3.3-4].
   */
  pubrec(packetId: number, failed: boolean): ReasonCode | null {
    const outbox = this.#outbox;
    const position = outbox?.find(packetId) ?? -1;
    const state = outbox === null || position < 0 ? OutState.done : outbox.state(position);
    if (outbox !== null && state === OutState.awaitsPubrec) {
      if (failed) {
        outbox.finish(position);
        return null;
      }
      outbox.received(position);
      return ReasonCode.success;
    }
    if (failed) return null;
    // A PUBREC that comes again gets its PUBREL again; one for nothing we know is told so (section 3.6.2.1).
    return state === OutState.awaitsPubcomp ? ReasonCode.success : ReasonCode.packetIdentifierNotFound;
  }

  /** PUBCOMP from the client. */
  pubcomp(packetId: number): void {
    const outbox = this.#outbox;
    const position = outbox?.find(packetId) ?? -1;
    if (outbox === null || position < 0 || outbox.state(position) !== OutState.awaitsPubcomp) return;
    outbox.finish(position);
  }

  /** QoS 2 messages received on this connection and not yet released. */
  get unreleased(): number {
    return this.#received?.size ?? 0;
  }

  /** Notes a QoS 2 PUBLISH; false if this identifier is waiting for its PUBREL, so it is a repeat [MQTT-4.3.3-10]. */
  receive(packetId: number): boolean {
    if (this.hasReceived(packetId)) return false;
    (this.#received ??= new Set()).add(packetId);
    return true;
  }

  /** True if a QoS 2 PUBLISH with this identifier waits for its PUBREL. */
  hasReceived(packetId: number): boolean {
    return this.#received?.has(packetId) === true || this.#receivedBefore?.has(packetId) === true;
  }

  /** PUBREL, or a PUBREC of ours that refused: the identifier is new again; false if it was unknown. */
  release(packetId: number): boolean {
    return this.#received?.delete(packetId) === true || this.#receivedBefore?.delete(packetId) === true;
  }

  /**
   * Takes out what came by shared subscriptions that `wanted` names and this client will not finish: what waits, and
   * QoS 1 in flight. A QoS 2 message once sent stays with the client that has it [MQTT-4.8.2-4] [MQTT-4.8.2-5].
   */
  takeShared(wanted: (group: SharedGroup) => boolean): { publication: Publication; subscription: Subscription }[] {
    const outbox = this.#outbox;
    if (outbox === null) return [];
    const taken = outbox.extract((position) => {
      const group = outbox.subscription(position).group;
      return group !== null && outbox.state(position) !== OutState.awaitsPubrec && wanted(group);
    });
    this.#noteQueued();
    return taken;
  }

  #transmit(publication: Publication, subscription: Subscription, flags: number, packetId: number): void {
    const outlet = this.outlet as Outlet;
    const result = outlet.sendPublish(publication, subscription, flags, packetId);
    this.#sent(result);
    if (result !== SendResult.tooLarge) return;
    // [MQTT-3.1.2-25] A message that is too large for the client is done with.
    const outbox = this.#outbox as Outbox;
    outbox.finish(outbox.find(packetId));
  }

  #sent(result: SendResult): void {
    if (result === SendResult.sent) this.#context.statistics.messagesDelivered++;
    else this.#drop(DropReason.tooLarge);
  }

  #enqueue(outbox: Outbox, publication: Publication, subscription: Subscription, retain: boolean): void {
    const { queuedMessagesMax, queuedBytesMax } = this.queueLimits;
    const { settings, statistics } = this.#context;
    const kept = publication.keep();
    if (outbox.queued >= queuedMessagesMax) this.#drop(DropReason.queueFull);
    else if (outbox.queuedBytes + kept.storedBytes > queuedBytesMax) this.#drop(DropReason.queueBytesFull);
    else if (statistics.queuedBytes + kept.storedBytes > settings.queuedBytesOfAllMax) {
      this.#drop(DropReason.allQueuesFull);
    } else {
      const qos = publication.qos < subscription.qos ? publication.qos : subscription.qos;
      outbox.enqueue(kept, subscription, qos, retain);
      this.#noteQueued();
    }
  }

  /** Brings what waits in all sessions up to date with what waits in this one. */
  #noteQueued(): void {
    const { queuedBytes } = this;
    this.#context.statistics.queuedBytes += queuedBytes - this.#notedBytes;
    this.#notedBytes = queuedBytes;
  }

  #drop(reason: DropReason): void {
    const dropped = this.#context.statistics.messagesDropped;
    dropped[reason] = (dropped[reason] as number) + 1;
  }
}
