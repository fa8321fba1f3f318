import { type AuthenticationResult, nobody, type Permissions } from "../auth/mod.ts";
import type { WheelEntry } from "../base/mod.ts";
import { ackSizeMax, encodeAck, feed, type FrameTarget, keep, type PartialFrame, resume } from "../codec/mod.ts";
import { PacketType, type ProtocolVersion, ReasonCode } from "../protocol/mod.ts";
import type { DeliveryTerms, Subscription, Topic } from "../router/mod.ts";
import { Limit, type Outlet, SendResult, type Session } from "../session/mod.ts";
import type { Publication } from "../store/mod.ts";
import { type Channel, type ChannelOwner, drainReportedAbove } from "../transport/mod.ts";
import type { ClientTerms } from "./client-terms.ts";
import type { ConnectionContext } from "./context.ts";
import type { EnhancedAuthentication } from "./enhanced-authentication.ts";
import type { Entrance } from "./entrance.ts";
import { meet } from "./first-bytes.ts";
import { closeConnection, closeOver } from "./farewell.ts";
import { handleFrame } from "./handle-frame.ts";
import { tellDisconnected } from "./hooked-connect.ts";
import type { ProofEnd } from "./identity.ts";
import type { Intake } from "./intake.ts";
import { type PendingAck, PendingAcks } from "./pending-acks.ts";
import type { Phase } from "./phase.ts";
import type { RetainedReplay } from "./retained-replay.ts";
import type { SentAliases } from "./sent-aliases.ts";

/** Milliseconds that a peer has to close its side after we closed ours. */
const lingerMilliseconds = 5000;

/** Bytes of a CONNECT: a stranger is not given room for more, whatever packets clients may send later. */
const connectSizeMax = 1024 * 1024;

/** Retained replays owed to one connection, beyond which a new one replaces the same subscription's older ones. */
const replaysMax = 256;

/** Bytes of an unfinished packet that count as a sign of life: an upload over a slow link, not a trickle. */
const progressBytes = 512;

/**
 * One client's live connection. Written for many: whatever it does not use yet it does not have, and what every message
 * reads stands first, in few lines of the processor's cache. The packets are handled in the files beside this one.
 */
export class Connection implements ChannelOwner, FrameTarget, Outlet, WheelEntry {
  readonly channel: Channel;
  readonly context: ConnectionContext;
  phase: Phase = "opened";
  /** The client's session while this connection serves it. */
  session: Session | null = null;
  partial: PartialFrame | null = null;
  /** Null where it is read as fast as it sends. */
  intake: Intake | null = null;
  /** What the client may take. */
  terms: ClientTerms;
  version: ProtocolVersion = 4;
  /** When the client was last heard of, in monotonic milliseconds. */
  lastReceived: number;
  #inputPaused = false;
  /** True while a packet is worked on over several turns: what comes behind it waits. */
  busy = false;
  /** Bytes that are kept while its client is not let in. */
  #strangerBytes = 0;
  /** What the client may do; null: everything. */
  permissions: Permissions | null = null;
  #acks: PendingAcks | null = null;
  /** Largest packet that the client takes, in bytes. */
  clientPacketSizeMax: number;
  sendQuota: number;
  /** Null where the client wants no aliases. */
  sentAliases: SentAliases | null = null;
  /** Topics of the aliases that the client has set, by alias; null while there are none. */
  receivedAliases: (Topic | undefined)[] | null = null;
  /** Retained messages that new subscriptions are owed; null while there are none. */
  replays: RetainedReplay[] | null = null;
  readonly entrance: Entrance;
  /** True once a CONNECT was recognised, so that there is somebody to answer. */
  connectSeen = false;
  /** What the client has proved about itself; {@link nobody} until it is let in. */
  identity: AuthenticationResult = nobody;
  /** Null where the client names no Authentication Method. */
  enhanced: EnhancedAuthentication | null = null;
  /** Null where what the client has proved does not expire. */
  proofEnd: ProofEnd | null = null;
  /** True while an accepting CONNACK waits for the store. */
  connackWaits = false;
  /** False if the client wants no Reason Strings and User Properties [MQTT-3.1.2-29]. */
  problemInformation = true;
  /** Milliseconds of silence after which the client counts as lost; 0: never. */
  silenceMax = 0;
  wheelNext: WheelEntry | null = null;
  wheelPrevious: WheelEntry | null = null;
  wheelSlot = -1;
  wheelDue = -1;
  #continuing = false;
  /** Counts what has made it busy: whoever comes to an end while another has begun leaves it so. */
  #claims = 0;

  constructor(channel: Channel, context: ConnectionContext, entrance: Entrance) {
    this.channel = channel;
    this.context = context;
    this.entrance = entrance;
    this.clientPacketSizeMax = context.settings.sentPacketSizeMax;
    this.terms = entrance.terms;
    this.sendQuota = this.terms.sendQuota;
    this.lastReceived = context.turn.now;
    context.parts.wheel.schedule(this, this.lastReceived + this.terms.connectTimeoutMilliseconds);
    context.strangers.enter(this);
  }

  get packetSizeMax(): number {
    const { packetSizeMax } = this.terms;
    return this.session === null ? Math.min(packetSizeMax, connectSizeMax) : packetSizeMax;
  }

  get congested(): boolean {
    return this.#outputBytes > this.context.settings.outputBytesMax;
  }

  get #outputBytes(): number {
    return this.channel.waitingBytes + this.channel.outBytes;
  }

  /** PUBLISH packets of QoS 1 whose acknowledgements wait, for the client's Receive Maximum. */
  get unacknowledged(): number {
    return this.#acks?.pubacks ?? 0;
  }

  /** True while acknowledgements wait: others may not overtake them. */
  get acksWait(): boolean {
    return this.#acks !== null;
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    if (this.phase === "closing" || this.phase === "closed") return;
    this.context.statistics.bytesReceived += end - start;
    // [MQTT-3.1.2-22] speaks of whole packets; those are noted in `onFrame`.
    if (end - start >= progressBytes) this.lastReceived = this.context.turn.now;
    try {
      if (this.intake !== null) this.intake.bytes(end - start);
      if (this.phase === "opened") meet(this, bytes[start] as number);
      if (this.phase === "authenticating" || this.#holdsBack) {
        keep(this, bytes, start, end);
        if (this.session === null) this.#noteStranger();
        return;
      }
      feed(this, bytes, start, end);
    } catch (error) {
      closeOver(this, error);
    }
    if (this.session === null || this.#strangerBytes > 0) this.#noteStranger();
    this.#pauseInput();
  }

  /** Strangers may keep us waiting, but not fill memory meanwhile: neither each of them nor all together. */
  #noteStranger(): void {
    const { statistics, settings } = this.context;
    const bytes = this.session === null && this.partial !== null ? this.partial.bytes.length : 0;
    const more = bytes - this.#strangerBytes;
    this.#strangerBytes = bytes;
    statistics.strangerBytes += more;
    if (more <= 0) return;
    if (statistics.strangerBytes + statistics.elsewhere.strangerBytes <= settings.strangerBytesMax) return;
    statistics.connectionsRefused++;
    statistics.reached(Limit.connectBytes);
    closeConnection(this, null);
  }

  onFrame(first: number, bytes: Buffer, start: number, end: number): boolean {
    this.lastReceived = this.context.turn.now;
    handleFrame(this, first, bytes, start, end);
    return (this.phase === "open" && !this.#holdsBack) || this.phase === "challenged";
  }

  /**
   * Handles a packet in steps, over as many turns as it takes; what comes behind it waits. `step` answers true when all
   * is done, false to go on in the next turn, or a promise to go on when that is fulfilled;
   * `after` is such a promise that comes before the first step.
   */
  workOn(step: () => boolean | Promise<void>, after: Promise<void> | null = null): void {
    this.busy = true;
    this.#claims++;
    this.channel.pause();
    if (after === null) this.#workOn(step);
    else this.#waitFor(after, step);
  }

  #workOn(step: () => boolean | Promise<void>): void {
    const claim = this.#claims;
    this.context.parts.workLater(() => {
      if (this.phase !== "open") return true;
      try {
        const done = step();
        if (done === false) return false;
        if (done !== true) {
          this.#waitFor(done, step);
          return true;
        }
      } catch (error) {
        closeOver(this, error);
      }
      // The last step may have found that the packet has to wait.
      if (claim !== this.#claims) return true;
      this.busy = false;
      // oxlint-disable-next-line typescript/no-unnecessary-condition -- the step may have closed it
      if (this.phase === "open") this.resumeInput();
      return true;
    });
  }

  #waitFor(answer: Promise<void>, step: () => boolean | Promise<void>): void {
    answer.then(
      () => this.#workOn(step),
      (error: unknown) => {
        if (this.phase === "open") closeOver(this, error);
      },
    );
  }

  /** True while what arrives is not handled yet. */
  get #holdsBack(): boolean {
    return this.busy || (this.intake !== null && this.intake.resting);
  }

  /** The client was too fast and has waited. */
  wake(): void {
    // While it was not read it could not be heard either.
    this.lastReceived = this.context.turn.now;
    if (this.phase === "open" && !this.busy) this.resumeInput();
  }

  /** What comes behind the packet at hand waits (true), or goes on. */
  set held(held: boolean) {
    this.busy = held;
    if (held) this.channel.pause();
    else if (this.phase === "open") this.resumeInput();
  }

  /** Goes on with what arrived while the client was authenticated or a packet was worked on. */
  resumeInput(): void {
    if (this.#holdsBack) return;
    if (!this.#inputPaused) this.channel.resume();
    try {
      resume(this);
    } catch (error) {
      closeOver(this, error);
    }
    if (this.#strangerBytes > 0) this.#noteStranger();
  }

  onDrained(): void {
    if (this.#inputPaused) this.#resumeInput();
    this.pump();
  }

  onEnded(): void {
    // The peer has closed its side without DISCONNECT: what it sent is done, and its will is published.
    closeConnection(this, null);
  }

  onClosed(cause: string | null): void {
    if (this.phase !== "closing" && this.phase !== "closed" && cause !== null) {
      this.context.debug("connection lost", () => ({ address: this.channel.remoteAddress, cause }));
    }
    this.leaveSession(null, cause ?? "");
    this.phase = "closed";
    this.partial = null;
    if (this.#strangerBytes > 0) this.#noteStranger();
    this.proofEnd?.cancel();
    this.intake?.cancel();
    this.context.parts.wheel.cancel(this);
    this.context.forget(this);
  }

  onWheel(): void {
    if (this.phase === "closing") {
      this.channel.destroy();
    } else if (this.phase === "open") {
      this.#checkSilence();
    } else {
      // Section 3.1.4: no CONNECT within a reasonable time; or its authentication never ends.
      this.context.statistics.connectionsRefused++;
      this.context.statistics.reached(Limit.connectTime);
      closeConnection(this, null);
    }
  }

  /** [MQTT-3.1.2-22] */
  #checkSilence(): void {
    const { resting } = this.intake ?? { resting: false };
    // What waits for us is not the client's silence.
    const due = (resting || this.busy ? this.context.turn.now : this.lastReceived) + this.silenceMax;
    if (this.context.turn.now < due) {
      this.context.parts.wheel.schedule(this, due);
      return;
    }
    this.context.statistics.keepAliveTimeouts++;
    closeConnection(this, ReasonCode.keepAliveTimeout, "no packet within 1.5 times the keep alive");
  }

  takenOver(): void {
    // It was let in. The session that its CONNACK speaks of need not be safe any more: it is its successor's.
    if (this.connackWaits) this.#acks?.release(Infinity, (ack) => this.#write(ack));
    if (this.session !== null) {
      tellDisconnected(this, this.session, { reasonCode: ReasonCode.sessionTakenOver, takenOver: true });
      this.#oweOffline(this.session);
    }
    this.session = null;
    closeConnection(this, ReasonCode.sessionTakenOver, "the client identifier connected again");
  }

  sendPublish(publication: Publication, terms: DeliveryTerms, flags: number, packetId: number): SendResult {
    const writer = this.context.publishWriter;
    const target = writer.target;
    target.version = this.version;
    target.packetSizeMax = this.clientPacketSizeMax;
    target.flags = flags;
    target.packetId = packetId;
    target.identifiers = this.version === 5 ? terms.identifiers : null;
    const aliases = this.sentAliases;
    if (aliases === null) {
      target.topicAlias = 0;
      target.aliasKnown = false;
      return writer.send(this.channel, publication);
    }
    target.topicAlias = aliases.aliasOf(publication.topic.name);
    target.aliasKnown = target.topicAlias > 0 && !aliases.isNew;
    const result = writer.send(this.channel, publication);
    if (result === SendResult.sent || target.topicAlias === 0 || target.aliasKnown) return result;
    // It may be just the new alias, which goes with the topic the first time, that makes the packet too large.
    aliases.takeBack(publication.topic.name);
    target.topicAlias = 0;
    return writer.send(this.channel, publication);
  }

  sendPubrel(packetId: number): void {
    // [MQTT-4.3.3-6] That the client has the message may be noted and not be safe yet.
    this.acknowledgeAgain(PacketType.pubrel, packetId, ReasonCode.success);
  }

  /** Answers a packet once what it brought is as safe as promised, and not before those that came earlier. */
  acknowledge(type: PacketType, packetId: number, reasonCode: number): void {
    const journal = this.context.parts.journal;
    const ticket = journal.ticket;
    // Nothing is made for the answer that need not wait.
    if (ticket <= journal.committed && this.#acks === null) this.writeAck(type, packetId, reasonCode);
    else this.#answer({ ticket, type, packetId, reasonCode, write: null });
  }

  /** Answers a packet that came again, or too late: once everything is safe that was recorded before it. */
  acknowledgeAgain(type: PacketType, packetId: number, reasonCode: number): void {
    this.#answer({ ticket: this.context.parts.journal.pending, type, packetId, reasonCode, write: null });
  }

  /** Calls `write`, which answers a packet of this type of the client's durable session, like {@link acknowledge}. */
  answer(type: PacketType, packetId: number, write: () => void): void {
    if (this.session === null || this.session.durable === null) return write();
    // Not the ticket: what a large packet recorded, it recorded in several turns.
    this.#answer({ ticket: this.context.parts.journal.pending, type, packetId, reasonCode: 0, write });
    return undefined;
  }

  #answer(ack: PendingAck): void {
    if (ack.ticket <= this.context.parts.journal.committed && this.#acks === null) return this.#write(ack);
    this.#acks ??= new PendingAcks();
    this.#acks.add(ack);
    this.context.waitingForCommit.add(this);
    return undefined;
  }

  #write(ack: PendingAck): void {
    if (ack.write !== null) ack.write();
    else this.writeAck(ack.type, ack.packetId, ack.reasonCode);
  }

  /** The journal has moved on. True if no acknowledgement waits any more. */
  releaseAcks(): boolean {
    const acks = this.#acks;
    if (acks === null) return true;
    acks.release(this.context.parts.journal.committed, (ack) => {
      if (this.phase === "open") this.#write(ack);
    });
    if (acks.size > 0) return false;
    this.#acks = null;
    return true;
  }

  /** Writes an acknowledgement without properties. */
  writeAck(type: PacketType, packetId: number, reasonCode: number): void {
    const { turn, statistics } = this.context;
    const offset = turn.reserve(ackSizeMax);
    const size = encodeAck(turn.bytes, turn.at, type, packetId, reasonCode, this.version) - turn.at;
    turn.giveBack(ackSizeMax - size);
    statistics.packetsSent[type] = (statistics.packetsSent[type] as number) + 1;
    statistics.bytesSent += size;
    turn.append(this.channel, offset, size);
  }

  /** Sends what waits for the client: the session's queue first, then retained messages that are owed. */
  pump(): void {
    const session = this.session;
    if (session === null || this.phase !== "open") return;
    let unfinished = session.pump();
    if (this.replays !== null && session.queued === 0 && !this.#subackWaits)
      unfinished = this.#replay(session, this.replays) || unfinished;
    // The rest waits for an acknowledgement or for the socket, or, where neither will come, for the next turn.
    const stuck = this.congested && this.channel.waitingBytes <= drainReportedAbove;
    const owed = session.queued > 0 || (this.replays !== null && !this.#subackWaits);
    if (unfinished || (stuck && owed)) this.#continueNextTurn();
  }

  get #subackWaits(): boolean {
    return this.#acks !== null && this.#acks.subacks > 0;
  }

  /** The next turn has come for what was put off. */
  goOn(): void {
    this.#continuing = false;
    if (this.#inputPaused && this.channel.waitingBytes <= drainReportedAbove) this.#resumeInput();
    this.pump();
  }

  /** True if there is more that the client could take. */
  #replay(session: Session, replays: RetainedReplay[]): boolean {
    const ready = (): boolean => session.queued === 0 && !this.congested;
    const { settings, turn } = this.context;
    for (let replay = replays[0]; replay !== undefined; replay = replays[0]) {
      replay.run(session, settings.retainedBatch, turn.now, ready);
      if (!replay.done) return ready();
      replays.shift();
    }
    this.replays = null;
    return false;
  }

  /** Owes a subscription its retained messages [MQTT-3.8.4-4]. */
  owe(replay: RetainedReplay): void {
    // A client that subscribes again and again and takes nothing is owed each subscription once.
    if (this.replays !== null && this.replays.length >= replaysMax) this.oweNoMore(replay.subscription);
    (this.replays ??= []).push(replay);
  }

  /** The subscription is owed nothing any more. */
  oweNoMore(subscription: Subscription): void {
    if (this.replays !== null) this.replays = this.replays.filter((replay) => replay.subscription !== subscription);
  }

  /** Takes the session off the connection; its will is published unless a DISCONNECT has removed it. */
  leaveSession(reasonCode: ReasonCode | null = null, reason: string = ""): void {
    const session = this.session;
    if (session === null) return;
    tellDisconnected(this, session, { reasonCode, reason });
    this.session = null;
    this.context.parts.sessions.leave(session);
    this.#oweOffline(session);
  }

  /** Retained messages that the client did not get yet wait in its session, as far as that has room. */
  #oweOffline(session: Session): void {
    const replays = this.replays;
    this.replays = null;
    if (replays === null || !session.persistent) return;
    let room = session.room;
    for (const replay of replays) {
      if (replay.subscription.qos > 0) room = replay.run(session, room, this.context.turn.now, () => true);
    }
  }

  /** Begins to close: sends what there is, then FIN; the peer has a few seconds to close its side. */
  beginClosing(): void {
    this.context.strangers.leave(this);
    this.phase = "closing";
    this.partial = null;
    if (this.#strangerBytes > 0) this.#noteStranger();
    this.intake?.cancel();
    this.proofEnd?.cancel();
    this.context.waitingForCommit.delete(this);
    this.context.parts.wheel.schedule(this, this.context.turn.now + lingerMilliseconds);
    this.channel.end();
  }

  #pauseInput(): void {
    if (this.#inputPaused || this.#outputBytes <= this.context.settings.outputBytesHard) return;
    // A client that asks and does not read the answers is not asked for more.
    this.#inputPaused = true;
    this.channel.pause();
    // Where the socket takes it all at the end of this turn, nothing will report that it has drained.
    this.#continueNextTurn();
  }

  #resumeInput(): void {
    this.#inputPaused = false;
    if (this.phase === "open" && !this.#holdsBack) this.channel.resume();
  }

  pumpLater(): void {
    this.#continueNextTurn();
  }

  #continueNextTurn(): void {
    if (this.#continuing) return;
    this.#continuing = true;
    this.context.continueNextTurn(this);
  }
}
