import { ByteReader, ServerViolation, textOf } from "./byte-reader.ts";
import type { Version } from "./packet-writer.ts";
import { prop, type Property } from "./property-table.ts";
import type { AcknowledgementPacket, ServerPacket } from "./server-packet.ts";

const typeNames = [
  "reserved",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
  "auth",
];

/** Cuts a server's byte stream into packets and decodes them. Knows nothing of the broker's own codec. */
export class PacketReader {
  readonly #version: Version;
  readonly #aliases = new Map<number, string>();
  #pending: Buffer = Buffer.alloc(0);

  constructor(version: Version) {
    this.#version = version;
  }

  /** Bytes of an unfinished packet that are still waiting for their rest. */
  get unfinishedBytes(): number {
    return this.#pending.length;
  }

  /** Takes what arrived and yields every packet that is complete. Throws {@link ServerViolation}. */
  *push(bytes: Buffer): Generator<ServerPacket> {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const length = packetLength(this.#pending);
      if (length === undefined || this.#pending.length < length) return;
      const raw = Buffer.from(this.#pending.subarray(0, length));
      this.#pending = this.#pending.subarray(length);
      yield this.#decode(raw);
    }
  }

  #decode(raw: Buffer): ServerPacket {
    const firstByte = raw.readUInt8();
    const name = typeNames[firstByte >> 4] ?? "reserved";
    const body = new ByteReader(raw.subarray(raw.length - bodyLength(raw)));
    const packet = this.#decodeBody(name, { firstByte, raw, body });
    if (body.left > 0) throw new ServerViolation(`${name}: ${body.left} surplus byte(s): ${raw.toString("hex")}`);
    return packet;
  }

  #decodeBody(name: string, { firstByte, raw, body }: PacketBytes): ServerPacket {
    const properties = (): Property[] => (this.#version === 5 ? body.properties() : []);
    switch (name) {
      case "connack": {
        const flags = body.u8();
        if (flags > 1) throw new ServerViolation(`[MQTT-3.2.2-1] CONNACK flags ${flags}`);
        const reasonCode = body.u8();
        return { type: "connack", firstByte, raw, sessionPresent: flags === 1, reasonCode, properties: properties() };
      }
      case "publish":
        return this.#decodePublish({ firstByte, raw, body });
      case "puback":
      case "pubrec":
      case "pubrel":
      case "pubcomp":
        return {
          type: name,
          firstByte,
          raw,
          packetId: body.u16(),
          ...this.#reason(body),
        } satisfies AcknowledgementPacket;
      case "suback": {
        const packetId = body.u16();
        return { type: "suback", firstByte, raw, packetId, properties: properties(), reasonCodes: [...body.rest()] };
      }
      case "unsuback": {
        const packetId = body.u16();
        return { type: "unsuback", firstByte, raw, packetId, properties: properties(), reasonCodes: [...body.rest()] };
      }
      case "pingresp":
        return { type: "pingresp", firstByte, raw, properties: [] };
      case "disconnect":
        return { type: "disconnect", firstByte, raw, ...this.#reason(body) };
      case "auth":
        return { type: "auth", firstByte, raw, ...this.#reason(body) };
      default:
        throw new ServerViolation(`a server never sends ${name.toUpperCase()}: ${raw.toString("hex", 0, 64)}`);
    }
  }

  /** The optional tail of 5.0: nothing, a reason code, or a reason code and properties. */
  #reason(body: ByteReader): { reasonCode: number; properties: Property[] } {
    if (this.#version !== 5 || body.left === 0) return { reasonCode: 0, properties: [] };
    return { reasonCode: body.u8(), properties: body.left === 0 ? [] : body.properties() };
  }

  #decodePublish({ firstByte, raw, body }: PacketBytes): ServerPacket {
    const qos = (firstByte >> 1) & 3;
    const wireTopic = body.binary();
    const packetId = qos === 0 ? 0 : body.u16();
    const properties = this.#version === 5 ? body.properties() : [];
    return {
      type: "publish",
      firstByte,
      raw,
      qos,
      dup: (firstByte & 8) !== 0,
      retain: (firstByte & 1) !== 0,
      packetId,
      wireTopic,
      topic: this.#resolveTopic(textOf(wireTopic), properties),
      properties,
      payload: body.rest(),
    };
  }

  #resolveTopic(topic: string, properties: readonly Property[]): string {
    const alias = properties.find(([id]) => id === prop.topicAlias)?.[1];
    if (typeof alias !== "number") return topic;
    if (topic !== "") this.#aliases.set(alias, topic);
    const known = this.#aliases.get(alias);
    if (known === undefined) throw new ServerViolation(`PUBLISH with the unknown topic alias ${alias}`);
    return known;
  }
}

interface PacketBytes {
  readonly firstByte: number;
  readonly raw: Buffer;
  readonly body: ByteReader;
}

/** The whole packet's length, or undefined while its fixed header is incomplete. */
function packetLength(bytes: Buffer): number | undefined {
  for (let at = 1; at < bytes.length && at <= 4; at += 1) {
    if ((bytes.readUInt8(at) & 0x80) === 0) return at + 1 + bodyLength(bytes);
  }
  if (bytes.length > 4) throw new ServerViolation(`a remaining length of five bytes: ${bytes.toString("hex", 0, 6)}`);
  return undefined;
}

function bodyLength(bytes: Buffer): number {
  return new ByteReader(bytes.subarray(1, 5)).varint();
}
