import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { binaryHeader, field, sslField, withChecksum } from "./fuzz/proxy-writer.ts";
import { ProxyHeaderReader } from "./proxy-header-reader.ts";
import { type ProxyHeader, ProxyHeaderError } from "./proxy-header.ts";

const nothing = { source: null, authority: null, tls: null };

/** Reads one byte after the other; answers the header and how many bytes it took. */
function readBytewise(bytes: Buffer): { header: ProxyHeader | null; taken: number } {
  const reader = new ProxyHeaderReader();
  for (let at = 0; at < bytes.length; at++) {
    const next = reader.push(bytes, at, at + 1);
    if (next >= 0) return { header: reader.header, taken: next };
  }
  return { header: null, taken: bytes.length };
}

function read(bytes: Buffer): ProxyHeader | null {
  const followed = Buffer.concat([bytes, Buffer.from("MQTT")]);
  const bytewise = readBytewise(followed);
  const reader = new ProxyHeaderReader();
  const next = reader.push(followed, 0, followed.length);
  assert.deepEqual([reader.header, next], [bytewise.header, next < 0 ? -1 : bytewise.taken]);
  if (next >= 0) assert.equal(followed.toString("latin1", next), "MQTT", "bytes behind the header are left alone");
  return reader.header;
}

describe("a PROXY header of version 1", () => {
  const cases: readonly (readonly [line: string, address: string, port: number])[] = [
    ["PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883", "192.0.2.7", 56324],
    ["PROXY TCP6 2001:db8::7 2001:db8::1 0 65535", "2001:db8::7", 0],
  ];
  for (const [line, address, port] of cases) {
    it(`tells the client: ${line}`, () => {
      assert.deepEqual(read(Buffer.from(`${line}\r\n`)), { ...nothing, source: { address, port } });
    });
  }

  for (const line of ["PROXY UNKNOWN", `PROXY UNKNOWN ${"f".repeat(90)}`]) {
    it(`tells nothing where the proxy does not know: ${line.slice(0, 30)}`, () => {
      assert.deepEqual(read(Buffer.from(`${line}\r\n`)), nothing);
    });
  }

  for (const line of [
    "PROXY TCP4 192.0.2.7 198.51.100.1 56324",
    "PROXY TCP4 192.0.2.7 198.51.100.1 56324 70000",
    "PROXY TCP4 192.0.2.7 198.51.100.1 056 1883",
    "PROXY TCP4 2001:db8::7 2001:db8::1 1 2",
    "PROXY TCP6 192.0.2.7 198.51.100.1 1 2",
    "PROXY UDP4 192.0.2.7 198.51.100.1 1 2",
    "PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3",
    "PROXY ",
    "GET / HTTP/1.1",
    "PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883\nMQTT".padEnd(110),
  ]) {
    it(`is refused: ${JSON.stringify(line.trimEnd())}`, () => {
      assert.throws(() => read(Buffer.from(`${line}\r\n`)), ProxyHeaderError);
    });
  }
});

describe("a PROXY header of version 2", () => {
  const tcp4 = Buffer.from("c0000207c6336401dc04075b", "hex");
  const tcp6 = Buffer.concat([
    Buffer.from("20010db8000000000000000000000007", "hex"),
    Buffer.from("20010db8000000000000000000000001", "hex"),
    Buffer.from("dc04075b", "hex"),
  ]);

  it("tells the client of TCP over IPv4, IPv6 and of a Unix socket", () => {
    assert.deepEqual(read(binaryHeader(0x21, 0x11, tcp4))?.source, { address: "192.0.2.7", port: 56324 });
    assert.deepEqual(read(binaryHeader(0x21, 0x21, tcp6))?.source, { address: "2001:db8::7", port: 56324 });
    assert.deepEqual(read(binaryHeader(0x21, 0x31, Buffer.alloc(216)))?.source, { address: "unix", port: 0 });
  });

  it("tells IPv4 addresses as such where they are written as IPv6", () => {
    const mapped = Buffer.from(tcp6);
    Buffer.from("00000000000000000000ffffc0000207", "hex").copy(mapped);
    assert.deepEqual(read(binaryHeader(0x21, 0x21, mapped))?.source, { address: "192.0.2.7", port: 56324 });
  });

  it("tells nothing where the proxy speaks for itself, whatever else it contains", () => {
    for (const rest of [Buffer.alloc(0), tcp4, Buffer.alloc(1000, 0xff)]) {
      assert.deepEqual(read(binaryHeader(0x20, 0x11, rest)), nothing);
    }
  });

  it("tells nothing where the family is unspecified", () => {
    for (const rest of [Buffer.alloc(0), Buffer.alloc(20, 0xff)]) {
      assert.deepEqual(read(binaryHeader(0x21, 0x00, rest)), nothing);
    }
  });

  it("tells of the client's TLS: host name, version, and the common name of a certificate that was verified", () => {
    const ssl = sslField({ client: 0x07, verify: 0, version: "TLSv1.3", commonName: "ann" });
    const header = read(binaryHeader(0x21, 0x11, tcp4, field(0x02, "broker.example"), ssl));
    assert.equal(header?.authority, "broker.example");
    assert.deepEqual(header.tls, { version: "TLSv1.3", commonName: "ann" });
  });

  const unproven = [
    { client: 0x07, verify: 1, why: "the proxy did not find it valid" },
    { client: 0x01, verify: 0, why: "no certificate was sent" },
  ];
  for (const { client, verify, why } of unproven) {
    it(`believes no common name where ${why}`, () => {
      const ssl = sslField({ client, verify, version: "TLSv1.2", commonName: "root" });
      assert.deepEqual(read(binaryHeader(0x21, 0x11, tcp4, ssl))?.tls, { version: "TLSv1.2", commonName: null });
    });
  }

  it("knows no TLS where the client did not use any", () => {
    const ssl = sslField({ client: 0, verify: 0, version: "TLSv1.2", commonName: "root" });
    assert.equal(read(binaryHeader(0x21, 0x11, tcp4, ssl))?.tls, null);
  });

  it("takes no name with control characters in it", () => {
    const ssl = sslField({ client: 0x07, verify: 0, version: "TLSv1.2", commonName: "ann\0root" });
    assert.equal(read(binaryHeader(0x21, 0x11, tcp4, ssl))?.tls?.commonName, null);
  });

  it("may be long: fields of 60,000 bytes, unknown ones among them", () => {
    const header = read(binaryHeader(0x21, 0x11, tcp4, field(0xe0, Buffer.alloc(60_000)), field(0x02, "a")));
    assert.equal(header?.authority, "a");
  });

  it("is checked against its CRC32C", () => {
    const good = withChecksum(binaryHeader(0x21, 0x11, tcp4, field(0x02, "a"), field(0x03, Buffer.alloc(4))));
    assert.equal(read(good)?.authority, "a");
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(20) ^ 1, 20);
    assert.throws(() => read(bad), /wrong checksum/);
    assert.throws(() => read(binaryHeader(0x21, 0x11, tcp4, field(0x03, "abc"))), /not four bytes/);
  });

  const broken: readonly (readonly [what: string, bytes: Buffer])[] = [
    ["another version", binaryHeader(0x11, 0x11, tcp4)],
    ["an unknown command", binaryHeader(0x22, 0x11, tcp4)],
    ["an unknown family", binaryHeader(0x21, 0x41, tcp4)],
    ["datagrams", binaryHeader(0x21, 0x12, tcp4)],
    ["addresses that are cut off", binaryHeader(0x21, 0x21, tcp4)],
    ["a field that is cut off", binaryHeader(0x21, 0x11, tcp4, Buffer.from([1, 0]))],
    ["a field longer than the header", binaryHeader(0x21, 0x11, tcp4, Buffer.from([1, 0, 9, 0]))],
    ["a TLS field that is too short", binaryHeader(0x21, 0x11, tcp4, field(0x20, "abc"))],
    ["another signature", Buffer.from("\r\n\r\n\0\r\nQUIX\n0000000000")],
  ];
  for (const [what, bytes] of broken) {
    it(`is refused with ${what}`, () => assert.throws(() => read(bytes), ProxyHeaderError));
  }
});
