import { scryptSync } from "node:crypto";
import net from "node:net";
import * as packets from "./packet-writer.ts";

/** The scrypt parameters of a storm's users: cost, block size, parallelization. */
export type StormHashing = readonly [cost: number, blockSize: number, parallelization: number];

const password = "secret";
const salt = Buffer.from("0123456789abcdef");

/**
 * Lines of a password file for users `0` to `count - 1`. All have the same password and salt, so that one hash is
 * enough to make them; a broker that checks them has to hash for each.
 */
export function stormUsers(count: number, [cost, blockSize, parallelization]: StormHashing): string[] {
  const hash = scryptSync(password, salt, 32, { cost, blockSize, parallelization, maxmem: 256 * 1024 * 1024 });
  const words = [cost, blockSize, parallelization, ...[salt, hash].map((bytes) => unpadded(bytes))];
  return Array.from({ length: count }, (_, index) => `${index}:scrypt,${words.join(",")}`);
}

/** What a storm is told. */
export interface StormOptions {
  readonly port: number;
  readonly clients: number;
  /** Milliseconds after which a client that was refused comes back; each further time it waits twice as long. */
  readonly retryMilliseconds: number;
  readonly retryMillisecondsMax: number;
  /** Calls `run` after so many milliseconds. */
  readonly after: (milliseconds: number, run: () => void) => void;
}

/**
 * Clients that all connect at once, each with a user name of its own, and come back when they are refused or cut, each
 * time after twice as long, as devices in the field do.
 */
export class LoginStorm {
  readonly #options: StormOptions;
  readonly #sockets = new Set<net.Socket>();
  readonly #finished = Promise.withResolvers<void>();
  #admitted = 0;
  #refusals = 0;
  #ended = false;

  constructor(options: StormOptions) {
    this.#options = options;
    for (let index = 0; index < options.clients; index++) this.#connect(index, options.retryMilliseconds);
  }

  get admitted(): number {
    return this.#admitted;
  }

  /** How often a client was told that the server is busy, or was cut. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Resolves when all clients are admitted. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  end(): void {
    this.#ended = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(index: number, retry: number): void {
    if (this.#ended) return;
    const socket = net.connect({ host: "127.0.0.1", port: this.#options.port });
    const client = { admitted: false };
    this.#sockets.add(socket);
    socket.on("connect", () => {
      const who = { clientId: `storm-${index}`, userName: String(index), password };
      socket.write(packets.connect({ version: 4, ...who }));
    });
    socket.on("data", (bytes) => {
      // CONNACK: type, length, flags, return code.
      if (bytes[0] !== 0x20 || bytes[3] !== 0 || client.admitted) return;
      client.admitted = true;
      this.#admitted++;
      if (this.#admitted === this.#options.clients) this.#finished.resolve();
    });
    // What matters follows as "close".
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (client.admitted || this.#ended) return;
      this.#refusals++;
      const later = Math.min(retry * 2, this.#options.retryMillisecondsMax);
      this.#options.after(retry * (0.5 + (index % 100) / 100), () => this.#connect(index, later));
    });
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
