import { decodePacket, encodePacket, feed, type FrameTarget, type PartialFrame } from "../../codec/mod.ts";
import type {
  AckPacket,
  ConnectPacket,
  Packet,
  ProtocolVersion,
  PublishPacket,
  SubscribeEntry,
} from "../../protocol/mod.ts";
import type { MemoryPeer } from "../../transport/mod.ts";

/** A client on an in-memory stream: sends packets and notes what comes. */
export class MemoryClient implements FrameTarget {
  readonly peer: MemoryPeer;
  version: ProtocolVersion = 5;
  partial: PartialFrame | null = null;
  readonly packetSizeMax: number = 300_000_000;
  /** What came and was not taken yet. */
  readonly inbox: Packet[] = [];
  /** True when the broker has closed its direction. */
  closed = false;
  #packetId = 0;

  constructor(peer: MemoryPeer) {
    this.peer = peer;
    peer.onBytes = (bytes) => feed(this, bytes, 0, bytes.length);
    peer.onClosed = () => {
      this.closed = true;
    };
  }

  onFrame(first: number, bytes: Buffer, start: number, end: number): boolean {
    this.inbox.push(decodePacket(first, bytes, start, end, this.version, "server"));
    return true;
  }

  send(...packets: readonly Packet[]): void {
    this.peer.send(Buffer.concat(packets.map((packet) => encodePacket(packet, this.version))));
  }

  connect(clientId: string, change: Partial<ConnectPacket> = {}): void {
    this.version = change.version ?? 5;
    const rest = { bridge: false, keepAlive: 0, will: null, userName: null, password: null, properties: {} };
    this.send({ type: "connect", version: 5, cleanStart: true, clientId, ...rest, ...change });
  }

  subscribe(filter: string, options: Partial<SubscribeEntry> = {}): void {
    const entry = { filter, qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0, ...options } as const;
    this.send({ type: "subscribe", packetId: this.#nextId(), entries: [entry], properties: {} });
  }

  unsubscribe(filter: string): void {
    this.send({ type: "unsubscribe", packetId: this.#nextId(), filters: [filter], properties: {} });
  }

  /** Answers the packet identifier, 0 at QoS 0. */
  publish(topic: string, payload: string | Uint8Array, change: Partial<PublishPacket> = {}): number {
    const qos = change.qos ?? 0;
    const packetId = change.packetId ?? (qos === 0 ? 0 : this.#nextId());
    const rest = { retain: false, dup: false, properties: {} };
    this.send({ type: "publish", topic, payload: Buffer.from(payload), ...rest, ...change, qos, packetId });
    return packetId;
  }

  answer(type: AckPacket["type"], packetId: number): void {
    this.send({ type, packetId, reasonCode: 0, properties: {} });
  }

  disconnect(): void {
    this.send({ type: "disconnect", reasonCode: 0, properties: {} });
  }

  /** What came since the last call. */
  take(): Packet[] {
    return this.inbox.splice(0);
  }

  /** The same in words: `connack`, `puback 3`, `payload qos1 #3 dup`. */
  words(): string[] {
    return this.take().map(inWords);
  }

  #nextId(): number {
    this.#packetId = (this.#packetId % 0xffff) + 1;
    return this.#packetId;
  }
}

export function inWords(packet: Packet): string {
  switch (packet.type) {
    case "publish": {
      const { payload, qos, packetId, dup, retain } = packet;
      const marks = `${dup ? " dup" : ""}${retain ? " retain" : ""}`;
      return `${Buffer.from(payload).toString()} qos${qos}${qos > 0 ? ` #${packetId}` : ""}${marks}`;
    }
    case "connack":
      return packet.reasonCode === 0
        ? `connack${packet.sessionPresent ? " present" : ""}`
        : `refused ${packet.reasonCode}`;
    case "disconnect":
      return `disconnect 0x${packet.reasonCode.toString(16)}`;
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return `${packet.type} #${packet.packetId}${packet.reasonCode === 0 ? "" : ` 0x${packet.reasonCode.toString(16)}`}`;
    case "suback":
    case "unsuback":
      return `${packet.type} ${packet.reasonCodes.join()}`;
    default:
      return packet.type;
  }
}
