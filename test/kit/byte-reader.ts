import { type Property, propertyLayouts, type PropertyValue } from "./property-table.ts";

/** The server broke the standard: thrown into whatever the test awaits, whether the test looks at it or not. */
export class ServerViolation extends Error {
  override readonly name = "ServerViolation";
}

/** Reads the fields of one packet body strictly; running over its end is the server's fault. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  /** [MQTT-1.5.5-1] A variable byte integer uses the fewest possible bytes. */
  varint(): number {
    let value = 0;
    for (let index = 0; index < 4; index += 1) {
      const digit = this.u8();
      value += (digit & 0x7f) * 128 ** index;
      if ((digit & 0x80) === 0) {
        if (digit === 0 && index > 0) throw new ServerViolation("[MQTT-1.5.5-1] a length with needless bytes");
        return value;
      }
    }
    throw new ServerViolation("a variable byte integer longer than four bytes");
  }

  take(count: number): Buffer {
    if (count > this.left) throw new ServerViolation(`a packet ends ${count - this.left} byte(s) too early`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  binary(): Buffer {
    return this.take(this.u16());
  }

  /** [MQTT-1.5.4-1] [MQTT-1.5.4-2] Text is valid UTF-8 and holds no U+0000. A leading U+FEFF is kept. */
  string(): string {
    return textOf(this.binary());
  }

  /** A property block with its length in front. */
  properties(): Property[] {
    const block = new ByteReader(this.take(this.varint()));
    const list: Property[] = [];
    while (block.left > 0) {
      const id = block.varint();
      list.push([id, block.#propertyValue(id)]);
    }
    return list;
  }

  #propertyValue(id: number): PropertyValue {
    switch (propertyLayouts.get(id)) {
      case "byte":
        return this.u8();
      case "u16":
        return this.u16();
      case "u32":
        return this.u32();
      case "varint":
        return this.varint();
      case "string":
        return this.string();
      case "binary":
        return this.binary();
      case "pair":
        return [this.string(), this.string()];
      case undefined:
        throw new ServerViolation(`property 0x${id.toString(16)} does not exist`);
    }
  }
}

/** Strict UTF-8 without U+0000. */
export function textOf(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ServerViolation(`[MQTT-1.5.4-1] invalid UTF-8: ${bytes.toString("hex")}`, { cause });
  }
  if (text.includes("\0")) throw new ServerViolation("[MQTT-1.5.4-2] U+0000 inside a string");
  return text;
}
