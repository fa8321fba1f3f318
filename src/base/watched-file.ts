import { stat } from "node:fs/promises";

import type { Clock, Timer } from "./clock.ts";
import type { LogFields, Logger } from "./log.ts";
import { WorldError } from "./world-error.ts";

/** What is read from a {@link WatchedFile}, and how it is spoken of. */
export interface WatchedFileOptions<Content> {
  readonly path: string;
  /** As in "password file": begins the lines of the log. */
  readonly name: string;
  /** @throws WorldError what is wrong with the file, in words that may be logged */
  readonly read: (path: string) => Content | Promise<Content>;
  /** What the log tells of a content that was read again. */
  readonly fields: (content: Content) => LogFields;
  /** What stays where the new file cannot be used: "the users from before". */
  readonly stays: string;
}

/** What a {@link WatchedFile} takes from its surroundings. */
export interface WatchedFileServices {
  readonly clock: Clock;
  readonly logger: Logger;
}

const lookMilliseconds = 1000;

/**
 * What a file says, also after it was changed: it is looked at once a second and read again when it has changed. One
 * that cannot be read any more is reported once, and what was read before stays.
 */
export class WatchedFile<Content> {
  readonly #options: WatchedFileOptions<Content>;
  readonly #services: WatchedFileServices;
  #content: Content;
  #signature: string;
  #timer: Timer | null = null;
  #closed = false;

  private constructor(options: WatchedFileOptions<Content>, services: WatchedFileServices, loaded: Loaded<Content>) {
    this.#options = options;
    this.#services = services;
    this.#content = loaded.content;
    this.#signature = loaded.signature;
    this.#lookLater();
  }

  /**
   * Reads the file for the first time.
   *
   * @throws WorldError what `options.read` throws
   */
  static async open<Content>(
    options: WatchedFileOptions<Content>,
    services: WatchedFileServices,
  ): Promise<WatchedFile<Content>> {
    return new WatchedFile(options, services, await load(options));
  }

  /** What was read last. */
  get content(): Content {
    return this.#content;
  }

  /** Looks whether the file has changed, now instead of in its second, and reads it if so. */
  async reload(): Promise<void> {
    const { path, name, fields, stays } = this.#options;
    const signature = await signatureOf(path);
    if (signature === this.#signature || this.#closed) return;
    // Also when it cannot be used: it is reported once, and looked at again when it changes again.
    this.#signature = signature;
    try {
      const loaded = await load(this.#options);
      this.#content = loaded.content;
      this.#signature = loaded.signature;
      this.#services.logger.info(`${name} read again`, { file: path, ...fields(loaded.content) });
    } catch (error) {
      if (!(error instanceof WorldError)) throw error;
      this.#services.logger.error(`${name} not used; ${stays} stay`, { problem: error.message });
    }
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    this.#timer = this.#services.clock.after(lookMilliseconds, () => {
      void this.reload().then(() => {
        if (!this.#closed) this.#lookLater();
      });
    });
  }
}

interface Loaded<Content> {
  readonly content: Content;
  readonly signature: string;
}

async function load<Content>(options: WatchedFileOptions<Content>): Promise<Loaded<Content>> {
  // The signature first: a change between the two is then seen as one next time.
  const signature = await signatureOf(options.path);
  return { content: await options.read(options.path), signature };
}

/** Changes whenever the file is written or replaced. Polled: watching loses files that are renamed or mounted. */
async function signatureOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return error instanceof Error && "code" in error ? `unreadable: ${String(error.code)}` : "unreadable";
  }
}
