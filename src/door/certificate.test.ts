import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import type { PeerCertificate } from "../base/mod.ts";
import { TestAuthority } from "../../test/kit/test-certificates.ts";
import { alternativeNames, identityOf, readCertificate } from "./certificate.ts";

const authority = new TestAuthority();
after(() => authority[Symbol.dispose]());

function issued(subject: string, names?: string): PeerCertificate {
  const options = names === undefined ? { subject } : { subject, names };
  return readCertificate(new X509Certificate(readFileSync(authority.issue("one", options).certFile)));
}

test("a certificate tells common name, distinguished name, alternative names and fingerprint", () => {
  const certificate = issued("/C=DE/O=A, B/CN=ann", "DNS:ann.example,email:ann@example.org,URI:urn:a,IP:192.0.2.7");
  assert.equal(certificate.commonName, "ann");
  assert.equal(certificate.subject, "CN=ann,O=A\\, B,C=DE");
  assert.deepEqual(certificate.alternativeNames, [
    "DNS:ann.example",
    "email:ann@example.org",
    "URI:urn:a",
    "IP Address:192.0.2.7",
  ]);
  assert.match(certificate.fingerprint256 ?? "", /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test("the alternative name that counts is a host, else an e-mail address, else a URI", () => {
  assert.equal(identityOf(issued("/CN=x", "URI:urn:a,email:a@b.c,DNS:d"), "san"), "d");
  assert.equal(identityOf(issued("/CN=x", "URI:urn:a,email:a@b.c"), "san"), "a@b.c");
  assert.equal(identityOf(issued("/CN=x", "URI:urn:a,IP:192.0.2.7"), "san"), "urn:a");
  assert.equal(identityOf(issued("/CN=x"), "san"), null);
});

test("names with commas and quotes in them are one name", () => {
  const text = 'DNS:a, URI:"http://b/?c, DNS:root", DNS:"d\\"e", email:f@g';
  assert.deepEqual(alternativeNames(text), ["DNS:a", "URI:http://b/?c, DNS:root", 'DNS:d"e', "email:f@g"]);
  assert.deepEqual(alternativeNames(undefined), []);
});

test("several common names, or none, name nobody", () => {
  assert.equal(issued("/CN=ann/CN=root").commonName, null);
  assert.equal(issued("/O=Example").commonName, null);
});
