import { crc32c } from "../crc32c.ts";

const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/** A header of version 2: version and command, family and protocol, then addresses and fields. */
export function binaryHeader(versionAndCommand: number, family: number, ...parts: readonly Buffer[]): Buffer {
  const rest = Buffer.concat(parts);
  const head = Buffer.from([versionAndCommand, family, rest.length >> 8, rest.length & 0xff]);
  return Buffer.concat([signature, head, rest]);
}

/** One field: type, length, value. */
export function field(type: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([Buffer.from([type, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** What a proxy tells of the client's TLS. */
export interface SslField {
  readonly client: number;
  readonly verify: number;
  readonly version: string;
  readonly commonName: string;
}

/** The field of the client's TLS. */
export function sslField({ client, verify, version, commonName }: SslField): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(client);
  head.writeUInt32BE(verify, 1);
  return field(0x20, Buffer.concat([head, field(0x21, version), field(0x22, commonName)]));
}

/** The header with its checksum in the last field, which has four zeros in its place. */
export function withChecksum(header: Buffer): Buffer {
  const out = Buffer.from(header);
  out.writeUInt32BE(crc32c(header), out.length - 4);
  return out;
}
