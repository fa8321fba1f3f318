/** Names kept; more than the publishers that are active in the same second on most brokers. */
const slotCount = 4096;

interface KnownName {
  readonly bytes: Buffer;
  readonly name: string;
}

/**
 * Client ids of publishers on other shards, by their bytes, so that no string is made for each of their messages. A
 * name pushes out another one that falls into the same slot.
 */
export class PublisherNames {
  readonly #slots: (KnownName | undefined)[] = new Array<KnownName | undefined>(slotCount);

  /** The name that is `bytes[start..end)`. */
  find(bytes: Buffer, start: number, end: number): string {
    if (start === end) return "";
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (slotCount - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known.name;
    const name = bytes.toString("utf8", start, end);
    this.#slots[slot] = { bytes: Buffer.from(bytes.subarray(start, end)), name };
    return name;
  }
}

function isSame(own: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (own.length !== end - start) return false;
  for (let index = 0; index < own.length; index++) if (own[index] !== bytes[start + index]) return false;
  return true;
}
