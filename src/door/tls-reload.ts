import { stat } from "node:fs/promises";
import type { Clock, Logger, Timer } from "../base/mod.ts";
import { pathsOf, type TlsFiles } from "./tls-files.ts";
import { TlsMaterial, type TlsSettings } from "./tls-material.ts";

/** How often the files are looked at. */
const lookMilliseconds = 1000;
const dayMilliseconds = 86_400_000;

/** What a {@link TlsReload} needs. */
export interface TlsReloadOptions {
  /** Name of the listener, for the log. */
  readonly name: string;
  readonly settings: TlsSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** New connections get this from now on; those that are open stay as they are. */
  readonly onChange: (material: TlsMaterial) => void;
}

/**
 * Reads the files of a TLS listener again when one of them changes: they are looked at once a second. Files that cannot
 * be used are reported once, and what was in use stays in use.
 */
export class TlsReload {
  #material: TlsMaterial;
  readonly #options: TlsReloadOptions;
  #signature: string | null = null;
  #timer: Timer | null = null;
  #closed = false;

  /** @param material what is in use */
  constructor(material: TlsMaterial, options: TlsReloadOptions) {
    this.#material = material;
    this.#options = options;
    void this.#look();
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Reads the files now, changed or not. */
  reload(): void {
    const { name, settings, clock, logger, onChange } = this.#options;
    let material: TlsMaterial;
    try {
      material = TlsMaterial.load(settings);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error("TLS files cannot be used; the old ones stay in use", { listener: name, reason });
      return;
    }
    if (material.digest === this.#material.digest) return;
    this.#material = material;
    onChange(material);
    const days = Math.floor((expiryOf(material) - clock.wallTime()) / dayMilliseconds);
    logger.info("TLS files read again", { listener: name, expires_in_days: days });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const signature = await signatureOf(this.#options.settings.files);
    if (this.#closed) return;
    const changed = this.#signature !== null && signature !== this.#signature;
    this.#signature = signature;
    if (changed) this.reload();
    this.#timer = this.#options.clock.after(lookMilliseconds, () => void this.#look());
  }
}

/** When the first certificate expires, in milliseconds since 1970. */
export function expiryOf({ certificates }: TlsMaterial): number {
  return Math.min(...certificates.map(({ expiresAt }) => expiresAt));
}

async function signatureOf(files: TlsFiles): Promise<string> {
  const parts = await Promise.all(
    pathsOf(files).map(async (path) => {
      try {
        const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
        return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
      } catch (error) {
        // A file that is away for a moment is a change like any other; reading it tells the reason.
        return String((error as NodeJS.ErrnoException).code);
      }
    }),
  );
  return parts.join(" ");
}
