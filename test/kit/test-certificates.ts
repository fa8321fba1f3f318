import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SkipTest } from "./skip-test.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const program = "/usr/bin/openssl";
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A certificate with its key, as PEM files. */
export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly serial: number;
}

/** What a certificate is made out to. */
export interface TestCertificateOptions {
  /** As openssl takes it: `/CN=ann/O=Example`. */
  readonly subject: string;
  /** As openssl takes it: `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
  /** Days until it expires; 30 if not given. */
  readonly days?: number;
}

/** An authority of a test's own; its files go away with it. Nothing here is ever committed. */
export class TestAuthority implements Disposable {
  readonly folder: string;
  readonly caFile: string;
  readonly #keyFile: string;
  #serial = 1;

  /** Throws SkipTest where there is no openssl. */
  constructor(name = "Test Authority") {
    if (!existsSync(program)) throw new SkipTest(`${program} is not installed (Debian package openssl)`);
    this.folder = temporaryFolder("certificates");
    this.caFile = join(this.folder, "ca.pem");
    this.#keyFile = join(this.folder, "ca.key");
    const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(["req", "-x509", ...newKey, "-subj", `/CN=${name}`, "-days", "30", ...usage, ...this.#out("ca")]);
  }

  /** The authority's certificate, for clients. */
  get caPem(): string {
    return readFileSync(this.caFile, "utf8");
  }

  /** A new certificate; `file` is the name of its files. */
  issue(file: string, { subject, names, days = 30 }: TestCertificateOptions): TestCertificate {
    const serial = ++this.#serial;
    const signed = ["-CA", this.caFile, "-CAkey", this.#keyFile, "-set_serial", `${serial}`, "-days", `${days}`];
    const extensions = ["-addext", "basicConstraints=CA:FALSE"];
    if (names !== undefined) extensions.push("-addext", `subjectAltName=${names}`);
    openssl(["req", "-x509", ...newKey, "-subj", subject, ...signed, ...extensions, ...this.#out(file)]);
    return { certFile: join(this.folder, `${file}.pem`), keyFile: join(this.folder, `${file}.key`), serial };
  }

  /** A certificate for a server that clients reach as localhost or 127.0.0.1. */
  server(file = "server"): TestCertificate {
    return this.issue(file, { subject: "/CN=localhost", names: "DNS:localhost,IP:127.0.0.1,IP:::1" });
  }

  /** A certificate for a common name that was valid in 2019 only. */
  expired(file: string, commonName: string): TestCertificate {
    const path = (extension: string): string => join(this.folder, `${file}.${extension}`);
    const settings = ["default_md=sha256", "rand_serial=yes", "policy=p", `new_certs_dir=${this.folder}`];
    writeFileSync(path("index"), "");
    const database = [`database=${path("index")}`, ...settings];
    writeFileSync(path("cnf"), `${["[ca]", "default_ca=d", "[d]", ...database, "[p]", "CN=supplied"].join("\n")}\n`);
    const [certFile, keyFile] = [path("pem"), path("key")];
    openssl(["req", "-new", ...newKey, "-subj", `/CN=${commonName}`, "-keyout", keyFile, "-out", path("csr")]);
    const time = ["-startdate", "20190101000000Z", "-enddate", "20191231000000Z"];
    const signed = ["-cert", this.caFile, "-keyfile", this.#keyFile, ...time];
    openssl(["ca", "-batch", "-notext", "-config", path("cnf"), ...signed, "-in", path("csr"), "-out", certFile]);
    return { certFile, keyFile, serial: 0 };
  }

  /** Writes the list of revoked certificates. */
  revoke(file: string, ...revoked: readonly TestCertificate[]): string {
    const line = ({ serial }: TestCertificate): string => {
      const hex = serial.toString(16).toUpperCase().padStart(2, "0");
      return `R\t991231235959Z\t240101000000Z\t${hex}\tunknown\t/CN=revoked\n`;
    };
    const index = join(this.folder, `${file}.index`);
    writeFileSync(index, revoked.map(line).join(""));
    const config = join(this.folder, `${file}.cnf`);
    const settings = ["[ca]", "default_ca=d", "[d]", `database=${index}`, "default_md=sha256", "default_crl_days=30"];
    writeFileSync(config, `${settings.join("\n")}\n`);
    const crlFile = join(this.folder, `${file}.pem`);
    openssl(["ca", "-gencrl", "-config", config, "-cert", this.caFile, "-keyfile", this.#keyFile, "-out", crlFile]);
    return crlFile;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #out(file: string): string[] {
    return ["-keyout", join(this.folder, `${file}.key`), "-out", join(this.folder, `${file}.pem`)];
  }
}

function openssl(argv: readonly string[]): void {
  execFileSync(program, argv, { stdio: ["ignore", "ignore", "pipe"] });
}
