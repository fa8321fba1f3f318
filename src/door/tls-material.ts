import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { WorldError } from "../base/mod.ts";
import { type LoadedCertificate, type LoadedTlsFiles, loadTlsFiles, type TlsFiles } from "./tls-files.ts";

/** What a TLS listener speaks, from its files. */
export interface TlsSettings {
  readonly files: TlsFiles;
  readonly versionMin: "TLSv1.2" | "TLSv1.3";
}

/** Files that were read, as node:tls wants them. */
export class TlsMaterial {
  /** For `tls.createServer` and `setSecureContext`: the first certificate. */
  readonly options: SecureContextOptions;
  readonly certificates: readonly LoadedCertificate[];
  readonly digest: string;
  readonly #contexts: readonly SecureContext[];

  private constructor(loaded: LoadedTlsFiles, versionMin: TlsSettings["versionMin"]) {
    const all = loaded.certificates.map((certificate) => optionsFor(certificate, loaded, versionMin));
    this.options = all[0] as SecureContextOptions;
    this.certificates = loaded.certificates;
    this.digest = loaded.digest;
    this.#contexts = all.map((options) => createSecureContext(options));
  }

  /** @throws WorldError `file_missing`, `file_unreadable`, `file_malformed` */
  static load({ files, versionMin }: TlsSettings): TlsMaterial {
    const loaded = loadTlsFiles(files);
    try {
      return new TlsMaterial(loaded, versionMin);
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
