import assert from "node:assert/strict";
import { once } from "node:events";
import type net from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { Inbox, type Within } from "./inbox.ts";
import * as packets from "./packet-writer.ts";
import type { ConnectFields, PublishFields, SubscriptionFields, Text, Version } from "./packet-writer.ts";
import { prop, type Property } from "./property-table.ts";
import type {
  AcknowledgementPacket,
  ConnackPacket,
  PacketOf,
  PublishPacket,
  ServerPacket,
  ServerPacketType,
  SubackPacket,
  UnsubackPacket,
} from "./server-packet.ts";
import type { ClientLimits } from "./server-rules.ts";
import { type ClientStream, type Destination, openStream } from "./test-door.ts";
import { uniqueName } from "./unique-name.ts";

/** Where a client connects to; every broker under test is one. Clients register so that none outlives its test. */
export interface Target extends Destination {
  adopt(client: RawClient): void;
}

/** What {@link RawClient.connect} takes: the fields of CONNECT without the version. */
export type ConnectOptions = Omit<ConnectFields, "version">;
/** What {@link RawClient.publish} takes beside topic and payload. */
export type PublishOptions = Omit<PublishFields, "version" | "topic" | "payload">;
/** What {@link RawClient.subscribe} takes beside the filter. */
export type SubscribeOptions = Omit<SubscriptionFields, "filter"> & {
  readonly packetId?: number;
  readonly properties?: packets.Properties;
};

/** One MQTT client over one real socket that does only what the test says: no keep-alive, no automatic answers. */
export class RawClient {
  readonly version: Version;
  readonly #stream: Duplex;
  readonly #socket: net.Socket;
  readonly #inbox: Inbox;
  #packetId = 0;
  #clientId = "";

  private constructor({ stream, socket }: ClientStream, version: Version) {
    this.version = version;
    this.#socket = socket;
    this.#stream = stream;
    this.#inbox = new Inbox(stream, version);
  }

  /** Opens the socket only; the first packet is the test's. */
  static async open(target: Target, version: Version): Promise<RawClient> {
    const client = new RawClient(await openStream(target), version);
    target.adopt(client);
    return client;
  }

  /** Opens the socket and connects; fails unless the broker accepts. */
  static async connected(target: Target, version: Version, options: ConnectOptions = {}): Promise<RawClient> {
    const client = await RawClient.open(target, version);
    const connack = await client.connect(options);
    assert.equal(connack.reasonCode, 0, "the broker refused the connection");
    return client;
  }

  /** The client id of the last {@link connect}; a unique one was made up unless the test gave one. */
  get clientId(): string {
    return this.#clientId;
  }

  /** Sends CONNECT (clean start, keep-alive 0 and a unique client id unless told otherwise), returns CONNACK. */
  async connect(options: ConnectOptions = {}): Promise<ConnackPacket> {
    const clientId = options.clientId ?? uniqueName("c");
    this.#clientId = clientId.toString();
    this.#inbox.rules.limits = limitsOf(options.properties ?? []);
    this.send(packets.connect({ ...options, clientId, version: this.version }));
    return this.next("connack");
  }

  send(...buffers: readonly Buffer[]): void {
    this.#stream.write(buffers.length === 1 ? (buffers[0] as Buffer) : Buffer.concat(buffers));
  }

  /** Sends bytes in pieces of `size`, each handed to the system on its own. */
  async sendSplit(bytes: Buffer, size = 1): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      this.#stream.write(bytes.subarray(at, at + size));
      await turn();
    }
  }

  /** The next packet, which must be of that type. Fails if there is none `within` that many milliseconds. */
  next(): Promise<ServerPacket>;
  next<T extends ServerPacketType>(type: T, options?: Within): Promise<PacketOf<T>>;
  async next(type?: ServerPacketType, options: Within = {}): Promise<ServerPacket> {
    return this.#inbox.next(type, options);
  }

  /** The first packet of that type (and packet id), however many others came before it; those stay in the inbox. */
  async take<T extends ServerPacketType>(type: T, options: Within & { packetId?: number } = {}): Promise<PacketOf<T>> {
    return (await this.#inbox.take(type, options)) as PacketOf<T>;
  }

  /**
   * The first PUBLISH on that topic, however many packets came before it; those stay in the inbox. It is not answered.
   */
  async takePublication(topic: string, options: Within = {}): Promise<PublishPacket> {
    return (await this.#inbox.take("publish", { ...options, topic })) as PublishPacket;
  }

  /** The next packet must be a PUBLISH; answers it up to the end of its QoS and returns it. */
  async receive(options: Within = {}): Promise<PublishPacket> {
    const packet = await this.next("publish", options);
    await this.acknowledge(packet);
    return packet;
  }

  /** Answers a received PUBLISH up to the end of its QoS. */
  async acknowledge({ qos, packetId }: PublishPacket): Promise<void> {
    if (qos === 1) this.send(packets.puback(packetId));
    if (qos !== 2) return;
    this.send(packets.pubrec(packetId));
    await this.take("pubrel", { packetId });
    this.send(packets.pubcomp(packetId));
  }

  /**
   * Sends SUBSCRIBE for one filter, or for several entries, and returns SUBACK; publications before it stay in the
   * inbox.
   */
  async subscribe(
    filter: Text | readonly SubscriptionFields[],
    { packetId = this.nextPacketId(), properties, ...entry }: SubscribeOptions = {},
  ): Promise<SubackPacket> {
    const filters = typeof filter === "string" || Buffer.isBuffer(filter) ? [{ filter, ...entry }] : filter;
    const block = properties === undefined ? {} : { properties };
    this.send(packets.subscribe({ version: this.version, packetId, filters, ...block }));
    return this.take("suback", { packetId });
  }

  /** Sends UNSUBSCRIBE and returns UNSUBACK. */
  async unsubscribe(...filters: readonly Text[]): Promise<UnsubackPacket> {
    const packetId = this.nextPacketId();
    this.send(packets.unsubscribe({ version: this.version, packetId, filters }));
    return this.take("unsuback", { packetId });
  }

  /** Sends PUBLISH and waits for nothing; returns its packet id (0 for QoS 0). */
  publish(topic: Text, payload: Text, options: PublishOptions = {}): number {
    const packetId = (options.qos ?? 0) > 0 ? (options.packetId ?? this.nextPacketId()) : 0;
    const id = packetId === 0 ? {} : { packetId };
    this.send(packets.publish({ version: this.version, topic, payload, ...options, ...id }));
    return packetId;
  }

  /** Publishes at QoS 1 (or 2 if asked) to the end: returns PUBACK, PUBCOMP, or the PUBREC that refuses. */
  async publishAcked(topic: Text, payload: Text, options: PublishOptions = {}): Promise<AcknowledgementPacket> {
    const qos = options.qos ?? 1;
    const packetId = this.publish(topic, payload, { ...options, qos });
    if (qos === 1) return this.take("puback", { packetId });
    const received = await this.take("pubrec", { packetId });
    if (received.reasonCode >= 0x80) return received;
    this.send(packets.pubrel(packetId));
    return this.take("pubcomp", { packetId });
  }

  /** A packet id that this client did not use yet. */
  nextPacketId(): number {
    this.#packetId = this.#packetId === 0xffff ? 1 : this.#packetId + 1;
    return this.#packetId;
  }

  /**
   * Nothing is waiting and nothing is on its way to this client. Silence is not waited for: the broker answers in
   * order, so what it had written before a PINGREQ stands before the PINGRESP. When the cause is another client, settle
   * or fence first.
   */
  async expectNothing(): Promise<void> {
    await this.ping();
    this.#inbox.expectEmpty();
  }

  /** A PINGREQ and its PINGRESP; whatever came before it stays in the inbox. */
  async ping(): Promise<void> {
    this.send(packets.pingreq());
    await this.take("pingresp");
  }

  /** Resolves when the next bytes have arrived, whatever they are. */
  async arrival(): Promise<void> {
    await once(this.#stream, "data");
  }

  /** Whether something arrived that was not asked for yet. */
  get hasArrived(): boolean {
    return this.#inbox.size > 0;
  }

  /** Everything that arrived and was not asked for yet, without waiting. */
  drain(): ServerPacket[] {
    return this.#inbox.drain();
  }

  /** Waits until the broker closed the connection; returns what came before and was not asked for. */
  async expectClosed(options: Within = {}): Promise<ServerPacket[]> {
    return this.#inbox.closed(options);
  }

  /**
   * The broker ends the connection: a 5.0 client is told one of `codes` first, a 3.x client nothing. Nothing else
   * comes.
   */
  async expectDisconnect(...codes: readonly number[]): Promise<void> {
    if (this.version === 5) {
      const { reasonCode } = await this.next("disconnect");
      assert.ok(
        codes.includes(reasonCode),
        `DISCONNECT 0x${reasonCode.toString(16)}, expected ${codes.map((code) => `0x${code.toString(16)}`).join(" or ")}`,
      );
    }
    assert.deepEqual(await this.expectClosed(), []);
  }

  /** Sends DISCONNECT, ends the connection and waits until the broker closed its side too. */
  async disconnect(fields: packets.ReasonFields = {}): Promise<void> {
    this.send(packets.disconnect(fields));
    this.#stream.end();
    await this.expectClosed();
  }

  /**
   * Ends the connection without DISCONNECT, after everything sent has left (FIN). Waits until the broker closed its
   * side, so that its will and session are on their way when this returns.
   */
  async cut(): Promise<void> {
    this.#stream.resume();
    this.#stream.end();
    await this.#inbox.closed({});
  }

  /** Ends the connection with a TCP reset; what the broker did not read yet may be lost. Does not wait. */
  reset(): void {
    // Once either side has sent FIN a reset fails inside libuv, and the handle that it leaves behind keeps the process.
    const over = this.#stream.readableEnded || this.#stream.writableEnded;
    if (over) this.#stream.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Takes no more bytes from the socket: a subscriber that hangs. */
  pauseReading(): void {
    this.#stream.pause();
  }

  resumeReading(): void {
    this.#stream.resume();
  }

  /** Frees the socket. Throws the server's breach of the standard if the test did not meet it yet. */
  close(): void {
    this.#stream.destroy();
    this.#socket.destroy();
    this.#inbox.rethrow();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function limitsOf(properties: readonly Property[] | Buffer): ClientLimits | undefined {
  if (Buffer.isBuffer(properties)) return undefined;
  const find = (id: number): unknown => properties.find(([other]) => other === id)?.[1];
  return {
    maximumPacketSize: (find(prop.maximumPacketSize) as number | undefined) ?? Infinity,
    topicAliasMaximum: (find(prop.topicAliasMaximum) as number | undefined) ?? 0,
    requestProblemInformation: find(prop.requestProblemInformation) !== 0,
    sentAuthenticationMethod: find(prop.authenticationMethod) !== undefined,
  };
}
