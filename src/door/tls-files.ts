import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { WorldError } from "../base/mod.ts";

/** The files of a TLS listener. */
export interface TlsFiles {
  /** Certificate chains with their keys; clients that ask for no host name, or an unknown one, get the first. */
  readonly certificates: readonly { readonly certFile: string; readonly keyFile: string }[];
  /** Authorities that sign client certificates. */
  readonly caFile: string | null;
  /** Revocation lists of those authorities. */
  readonly crlFile: string | null;
}

/** A certificate chain as it was read and checked. */
export interface LoadedCertificate {
  readonly file: string;
  readonly pem: string;
  readonly key: string;
  readonly leaf: X509Certificate;
  /** When the first of the chain expires, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The content of {@link TlsFiles}, checked. */
export interface LoadedTlsFiles {
  readonly certificates: readonly LoadedCertificate[];
  readonly authorities: readonly string[];
  readonly revocations: readonly string[];
  /** Tells one content from another. */
  readonly digest: string;
}

/**
 * Reads and checks the files: what OpenSSL would pass over in silence, or find out with the first client, is an error.
 * @throws WorldError `file_missing`, `file_unreadable`, `file_malformed`
 */
export function loadTlsFiles({ certificates, caFile, crlFile }: TlsFiles): LoadedTlsFiles {
  const digest = createHash("sha256");
  const read = (file: string): string => {
    const text = readText(file);
    digest.update(`${file}\0${text}\0`);
    return text;
  };
  const loaded = certificates.map(({ certFile, keyFile }) =>
    loadCertificate(certFile, read(certFile), keyFile, read(keyFile)),
  );
  const authorities = caFile === null ? [] : blocksOf(read(caFile), "CERTIFICATE", caFile);
  for (const pem of authorities) parseCertificate(pem, caFile ?? "");
  const revocations = crlFile === null ? [] : blocksOf(read(crlFile), "X509 CRL", crlFile);
  return { certificates: loaded, authorities, revocations, digest: digest.digest("hex") };
}

/** All files, each once. */
export function pathsOf({ certificates, caFile, crlFile }: TlsFiles): string[] {
  const all = [...certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile]), caFile, crlFile];
  return [...new Set(all.filter((path) => path !== null))];
}

function loadCertificate(certFile: string, pem: string, keyFile: string, key: string): LoadedCertificate {
  const chain = blocksOf(pem, "CERTIFICATE", certFile).map((block) => parseCertificate(block, certFile));
  const leaf = chain[0] as X509Certificate;
  if (!leaf.checkPrivateKey(parseKey(key, keyFile))) {
    throw new WorldError("file_malformed", `${keyFile} is not the key of the certificate in ${certFile}`);
  }
  const expiresAt = Math.min(...chain.map(({ validToDate }) => validToDate.getTime()));
  return { file: certFile, pem, key, leaf, expiresAt };
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new WorldError("file_malformed", `${file}: a certificate in it cannot be read`, { cause });
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const advice = pem.includes("ENCRYPTED") ? "it is encrypted; expected one without a pass phrase" : "no private key";
    throw new WorldError("file_malformed", `${file} cannot be read as a key: ${advice}`, { cause });
  }
}

/** The PEM blocks of that kind; OpenSSL takes one CRL from a text, whatever follows. */
function blocksOf(text: string, kind: string, file: string): string[] {
  const blocks = text.match(new RegExp(`-----BEGIN ${kind}-----[^-]+-----END ${kind}-----`, "g"));
  if (blocks === null) throw new WorldError("file_malformed", `${file}: expected PEM with "BEGIN ${kind}"`);
  return blocks;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new WorldError("file_missing", `${file}: there is no such file`, { cause });
    throw new WorldError("file_unreadable", `${file}: cannot be read (${String(code)})`, { cause });
  }
}
