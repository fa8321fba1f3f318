import { hkdfSync } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { WorldError } from "../base/mod.ts";
import { type LoadedCertificate, type LoadedTlsFiles, loadTlsFiles, type TlsFiles } from "./tls-files.ts";

/** What a TLS listener speaks, from its files. */
export interface TlsSettings {
  readonly files: TlsFiles;
  readonly versionMin: "TLSv1.2" | "TLSv1.3";
  /**
   * What several doors have in common whose clients may go on with a session of any of them; null: this door is alone.
   */
  readonly ticketSecret: string | null;
}

/** Files that were read, as node:tls wants them. */
export class TlsMaterial {
  /** For `tls.createServer` and `setSecureContext`: the first certificate. */
  readonly options: SecureContextOptions;
  readonly certificates: readonly LoadedCertificate[];
  readonly digest: string;
  readonly #contexts: readonly SecureContext[];

  private constructor(loaded: LoadedTlsFiles, { versionMin, ticketSecret }: TlsSettings) {
    // Other files, other keys: tickets of earlier sessions are void everywhere.
    const ticketKeys = ticketSecret === null ? {} : { ticketKeys: ticketKeysOf(ticketSecret, loaded.digest) };
    const all = loaded.certificates.map((certificate) => ({
      ...optionsFor(certificate, loaded, versionMin),
      ...ticketKeys,
    }));
    this.options = all[0] as SecureContextOptions;
    this.certificates = loaded.certificates;
    this.digest = loaded.digest;
    this.#contexts = all.map((options) => createSecureContext(options));
  }

  /** @throws WorldError `file_missing`, `file_unreadable`, `file_malformed` */
  static load(settings: TlsSettings): TlsMaterial {
    const { files } = settings;
    const loaded = loadTlsFiles(files);
    try {
      return new TlsMaterial(loaded, settings);
    } catch (cause) {
      const names = files.certificates.map(({ certFile }) => certFile).join(", ");
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WorldError("file_malformed", `${names}: OpenSSL does not take the files: ${reason}`, { cause });
    }
  }

  /** The first certificate that is made out to the host name; null where none is, and the default serves. */
  contextFor(serverName: string): SecureContext | null {
    const index = this.certificates.findIndex(({ leaf }) => leaf.checkHost(serverName) !== undefined);
    return this.#contexts[index] ?? null;
  }
}

/** What node:tls takes as `ticketKeys`. */
const ticketKeyBytes = 48;

function ticketKeysOf(secret: string, digest: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, digest, "session tickets", ticketKeyBytes));
}

function optionsFor(
  { pem, key }: LoadedCertificate,
  { authorities, revocations }: LoadedTlsFiles,
  minVersion: TlsSettings["versionMin"],
): SecureContextOptions {
  return {
    cert: pem,
    key,
    minVersion,
    honorCipherOrder: true,
    ...(authorities.length === 0 ? {} : { ca: [...authorities] }),
    ...(revocations.length === 0 ? {} : { crl: [...revocations] }),
  };
}
