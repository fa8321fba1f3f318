import assert from "node:assert/strict";
import type { AckPacket, ConnectPacket, Packet, PublishPacket } from "../../../src/protocol/mod.ts";
import { noProperties } from "../../../src/protocol/mod.ts";
import { type PacketHandler, WireClient } from "./wire-client.ts";

function connectPacket(clientId: string, receiveMaximum: number): ConnectPacket {
  return {
    type: "connect",
    version: 5,
    bridge: false,
    cleanStart: false,
    keepAlive: 0,
    clientId,
    will: null,
    userName: null,
    password: null,
    properties: { sessionExpiryInterval: 3600, receiveMaximum },
  };
}

/** A client that keeps its side of the session, whatever becomes of its connections and of the broker. */
abstract class LastingClient implements PacketHandler {
  /** Runs when something has arrived, or the connection is gone. */
  onChange: () => void = () => {};
  readonly clientId: string;
  #wire: WireClient | null = null;
  /** True once a CONNACK has promised the session. */
  #promised = false;
  #online = false;
  readonly #receiveMaximum: number;

  constructor(clientId: string, receiveMaximum: number) {
    this.clientId = clientId;
    this.#receiveMaximum = receiveMaximum;
  }

  get connected(): boolean {
    return this.#wire !== null;
  }

  get online(): boolean {
    return this.#online;
  }

  connect(port: number): void {
    this.#wire = new WireClient(port, this);
    this.send(connectPacket(this.clientId, this.#receiveMaximum));
  }

  cut(): void {
    this.#wire?.cut();
  }

  onLost(): void {
    this.#wire = null;
    this.#online = false;
    this.onChange();
  }

  onPacket(packet: Packet): void {
    this.#handle(packet);
    this.onChange();
  }

  #handle(packet: Packet): void {
    if (packet.type !== "connack") {
      this.handle(packet);
      return;
    }
    assert.equal(packet.reasonCode, 0);
    if (this.#promised) assert.equal(packet.sessionPresent, true, `the session of ${this.clientId} is gone`);
    this.#promised = true;
    this.#online = true;
    this.resume();
  }

  protected send(packet: Packet): void {
    this.#wire?.send(packet);
  }

  protected acknowledge(type: AckPacket["type"], packetId: number): void {
    this.send({ type, packetId, reasonCode: 0, properties: noProperties });
  }

  /** The client is let in. */
  protected abstract resume(): void;
  protected abstract handle(packet: Packet): void;
}

/** One message that is not acknowledged to the end. */
interface Outgoing {
  readonly packet: PublishPacket;
  released: boolean;
}

const window = 8;

/** Publishes numbered messages, at QoS 1 and 2 in turns, each QoS to a topic of its own. */
export class NumberedPublisher extends LastingClient {
  /** Messages of each topic that the broker has taken over. */
  readonly taken: Map<string, number[]> = new Map();
  #sent = 0;
  #packetId = 0;
  #outgoing: Outgoing[] = [];

  constructor(clientId: string) {
    super(clientId, 100);
  }

  /** Messages that are not acknowledged to the end. */
  get open(): number {
    return this.#outgoing.length;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Sends as many new messages as the window allows. */
  publish(): void {
    while (this.online && this.#outgoing.length < window) {
      const number = ++this.#sent;
      const qos = number % 2 === 0 ? 2 : 1;
      this.#packetId = (this.#packetId % 1000) + 1;
      const packet: PublishPacket = {
        type: "publish",
        topic: `t/${this.clientId}/${qos}`,
        payload: Buffer.from(String(number)),
        qos,
        retain: false,
        dup: false,
        packetId: this.#packetId,
        properties: noProperties,
      };
      this.#outgoing.push({ packet, released: false });
      this.send(packet);
    }
  }

  protected override resume(): void {
    for (const { packet, released } of this.#outgoing) {
      if (released) this.acknowledge("pubrel", packet.packetId);
      else this.send({ ...packet, dup: true });
    }
  }

  protected override handle(packet: Packet): void {
    if (packet.type !== "puback" && packet.type !== "pubrec" && packet.type !== "pubcomp") return;
    const outgoing = this.#outgoing.find((each) => each.packet.packetId === packet.packetId);
    if (outgoing === undefined) return;
    if (packet.type !== "pubcomp" && !outgoing.released) this.#take(outgoing.packet);
    if (packet.type === "pubrec") {
      outgoing.released = true;
      this.acknowledge("pubrel", packet.packetId);
    } else {
      this.#outgoing = this.#outgoing.filter((each) => each !== outgoing);
    }
  }

  #take({ topic, payload }: PublishPacket): void {
    const numbers = this.taken.get(topic) ?? [];
    this.taken.set(topic, numbers);
    numbers.push(Number(Buffer.from(payload).toString()));
  }
}

/** Subscribes to everything and notes what it is given; drops a connection now and then. */
export class NotingSubscriber extends LastingClient {
  /** Numbers of each topic, in the order in which they came. */
  readonly received: Map<string, number[]> = new Map();
  subscribed = false;
  /** QoS 2 identifiers that were received and not released. */
  readonly #held = new Set<number>();
  /** False: it does not acknowledge, as a client that is about to crash. */
  answers = true;

  protected override resume(): void {
    if (this.subscribed) return;
    const options = { qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    const entries = [{ filter: "t/#", ...options }];
    this.send({ type: "subscribe", packetId: 1, entries, properties: noProperties });
  }

  protected override handle(packet: Packet): void {
    if (packet.type === "suback") this.subscribed = true;
    else if (packet.type === "publish") this.#note(packet);
    else if (packet.type === "pubrel") {
      this.#held.delete(packet.packetId);
      if (this.answers) this.acknowledge("pubcomp", packet.packetId);
    }
  }

  #note({ topic, payload, qos, packetId }: PublishPacket): void {
    const again = qos === 2 && this.#held.has(packetId);
    if (qos === 2) this.#held.add(packetId);
    if (!again) {
      const numbers = this.received.get(topic) ?? [];
      this.received.set(topic, numbers);
      numbers.push(Number(Buffer.from(payload).toString()));
    }
    if (this.answers) this.acknowledge(qos === 2 ? "pubrec" : "puback", packetId);
  }
}
