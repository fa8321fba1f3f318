import { crc32c } from "./crc32c.ts";
import { type ProxyHeader, ProxyHeaderError, type ProxyTls, silentHeader } from "./proxy-header.ts";

/** What every header of version 2 begins with. */
export const binarySignature: Buffer = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/** Bytes before the addresses: signature, version and command, family, length. */
export const binaryPrefixBytes = 16;

/** Bytes of the addresses, by family and protocol; datagrams do not come over a stream. */
const addressBytes: ReadonlyMap<number, number> = new Map([
  [0x11, 12],
  [0x21, 36],
  [0x31, 216],
]);

const tlv = { authority: 0x02, crc32c: 0x03, ssl: 0x20, sslVersion: 0x21, sslCommonName: 0x22 } as const;
const sslClient = { ssl: 0x01, certificateNow: 0x02, certificateOfSession: 0x04 } as const;

/**
 * Reads a whole header of version 2: sections 2.2 and 2.2.x of HAProxy's proxy-protocol.txt.
 * @throws ProxyHeaderError
 */
export function parseBinaryHeader(bytes: Buffer): ProxyHeader {
  const versionAndCommand = bytes.readUInt8(12);
  if (versionAndCommand >> 4 !== 2) throw new ProxyHeaderError("a PROXY header of an unknown version");
  const command = versionAndCommand & 0x0f;
  if (command > 1) throw new ProxyHeaderError("a PROXY header with an unknown command");
  const family = bytes.readUInt8(13);
  // LOCAL: the proxy's own connection, a health check. UNSPEC: it does not know. What else is there is to be skipped.
  if (command === 0 || family === 0) return silentHeader;
  const size = addressBytes.get(family);
  if (size === undefined) throw new ProxyHeaderError("a PROXY header with an unknown family or protocol");
  const start = binaryPrefixBytes + size;
  if (start > bytes.length) throw new ProxyHeaderError("a PROXY header that is too short for its addresses");
  const told: { authority: string | null; tls: ProxyTls | null } = { authority: null, tls: null };
  eachTlv(bytes, start, bytes.length, (type, from, to) => {
    if (type === tlv.crc32c) checkSum(bytes, from, to);
    else if (type === tlv.authority) told.authority = textOf(bytes, from, to);
    else if (type === tlv.ssl) told.tls = parseSsl(bytes, from, to);
  });
  return { source: sourceOf(bytes, family), ...told };
}

function sourceOf(bytes: Buffer, family: number): ProxyHeader["source"] {
  const at = binaryPrefixBytes;
  if (family === 0x11) return { address: bytes.subarray(at, at + 4).join("."), port: bytes.readUInt16BE(at + 8) };
  if (family === 0x31) return { address: "unix", port: 0 };
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(at + index * 2).toString(16));
  // URL writes IPv6 addresses as RFC 5952 wants them.
  const address = new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
  const mapped = groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff";
  const ipv4 = bytes.subarray(at + 12, at + 16).join(".");
  return { address: mapped ? ipv4 : address, port: bytes.readUInt16BE(at + 32) };
}

function eachTlv(
  bytes: Buffer,
  start: number,
  end: number,
  use: (type: number, from: number, to: number) => void,
): void {
  let at = start;
  while (at < end) {
    if (at + 3 > end) throw new ProxyHeaderError("a PROXY header with a field that is cut off");
    const to = at + 3 + bytes.readUInt16BE(at + 1);
    if (to > end) throw new ProxyHeaderError("a PROXY header with a field that is longer than the header");
    use(bytes.readUInt8(at), at + 3, to);
    at = to;
  }
}

/** The sum is that of the whole header with zeros in the place of the sum. */
function checkSum(bytes: Buffer, from: number, to: number): void {
  if (to - from !== 4) throw new ProxyHeaderError("a PROXY header whose checksum is not four bytes");
  const copy = Buffer.from(bytes);
  copy.fill(0, from, to);
  if (crc32c(copy) !== bytes.readUInt32BE(from)) throw new ProxyHeaderError("a PROXY header with a wrong checksum");
}

function parseSsl(bytes: Buffer, from: number, to: number): ProxyTls | null {
  if (to - from < 5) throw new ProxyHeaderError("a PROXY header whose TLS field is too short");
  const client = bytes.readUInt8(from);
  const valid = bytes.readUInt32BE(from + 1) === 0;
  let version: string | null = null;
  let commonName: string | null = null;
  eachTlv(bytes, from + 5, to, (type, start, end) => {
    if (type === tlv.sslVersion) version = textOf(bytes, start, end);
    else if (type === tlv.sslCommonName) commonName = textOf(bytes, start, end);
  });
  if ((client & sslClient.ssl) === 0) return null;
  // "verify" is zero also where no certificate was asked for: only both together prove the name.
  const sent = (client & (sslClient.certificateNow | sslClient.certificateOfSession)) !== 0;
  return { version, commonName: valid && sent ? commonName : null };
}

/** Null for what is no text of names: other encodings, control characters. */
function textOf(bytes: Buffer, from: number, to: number): string | null {
  const text = bytes.toString("utf8", from, to);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text === "" || /[\u0000-\u001f\u007f-\u009f\ufffd]/.test(text) ? null : text;
}
