import type { X509Certificate } from "node:crypto";
import type { Peer, PeerCertificate } from "../base/mod.ts";

/** The part of a certificate that names the user. */
export type IdentityPart = "cn" | "dn" | "san";

/** What a checked certificate says of its owner. */
export function readCertificate(certificate: X509Certificate): PeerCertificate {
  return {
    commonName: commonNameOf(certificate),
    // Node has one line for each part, the most general first; RFC 4514 section 2.1 wants the most specific first.
    subject: certificate.subject.split("\n").toReversed().join(","),
    alternativeNames: alternativeNames(certificate.subjectAltName),
    fingerprint256: certificate.fingerprint256,
  };
}

/** The user name that the certificate proves; null where it has no such part. */
export function identityOf(certificate: PeerCertificate, part: IdentityPart): string | null {
  switch (part) {
    case "cn":
      return certificate.commonName;
    case "dn":
      return certificate.subject;
    case "san": {
      const find = (kind: string): string | undefined => {
        return certificate.alternativeNames.find((name) => name.startsWith(`${kind}:`))?.slice(kind.length + 1);
      };
      return find("DNS") ?? find("email") ?? find("URI") ?? null;
    }
    default:
      return part satisfies never;
  }
}

/** The peer's certificate and what follows from it. */
export function certified(
  certificate: PeerCertificate | null,
  part: IdentityPart | null,
): Pick<Peer, "certificate" | "identity"> {
  return { certificate, identity: certificate === null || part === null ? null : identityOf(certificate, part) };
}

/** One common name that is plain text; several would let a client choose. */
function commonNameOf(certificate: X509Certificate): string | null {
  // The form without OpenSSL's escapes. Its types promise one text; several names make it a list.
  const name: unknown = certificate.toLegacyObject().subject.CN;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return typeof name === "string" && name !== "" && !/[\u0000-\u001f\u007f]/.test(name) ? name : null;
}

/** Splits `DNS:a, URI:"b, c"`: names with commas or quotes in them stand in JSON's quotes. */
export function alternativeNames(text: string | undefined): string[] {
  const names: string[] = [];
  for (const [, kind, value = ""] of (text ?? "").matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)) {
    const plain = value.startsWith('"') ? String(JSON.parse(value)) : value;
    names.push(`${kind}:${plain}`);
  }
  return names;
}
