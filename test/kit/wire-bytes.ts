import { type Property, propertyLayouts, type PropertyValue } from "./property-table.ts";

/** Two bytes, most significant first. */
export function u16(value: number): Buffer {
  return Buffer.from([(value >> 8) & 0xff, value & 0xff]);
}

/** Four bytes, most significant first. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A variable byte integer in the fewest possible bytes (MQTT 5.0 section 1.5.5). */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** Text or bytes after their two-byte length. Bytes are taken as they are, so that a test can send broken UTF-8. */
export function lengthPrefixed(value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([u16(bytes.length), bytes]);
}

/**
 * A property block with its length in front. Raw bytes are passed through untouched: they must hold the length too.
 * Values that are Buffers are written for text layouts as well, so that a test can send broken UTF-8.
 */
export function propertyBlock(properties: readonly Property[] | Buffer): Buffer {
  if (Buffer.isBuffer(properties)) return properties;
  const body = Buffer.concat(properties.map(([id, value]) => Buffer.concat([varint(id), propertyValue(id, value)])));
  return Buffer.concat([varint(body.length), body]);
}

function propertyValue(id: number, value: PropertyValue): Buffer {
  const layout = propertyLayouts.get(id);
  switch (layout) {
    case "byte":
      return Buffer.from([Number(value)]);
    case "u16":
      return u16(Number(value));
    case "u32":
      return u32(Number(value));
    case "varint":
      return varint(Number(value));
    case "string":
    case "binary":
      return lengthPrefixed(value as string | Buffer);
    case "pair": {
      const [name, text] = value as readonly [string, string];
      return Buffer.concat([lengthPrefixed(name), lengthPrefixed(text)]);
    }
    case undefined:
      throw new Error(`property 0x${id.toString(16)} does not exist; give the block as raw bytes to send it anyway`);
  }
}
