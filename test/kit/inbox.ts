import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { PacketReader } from "./packet-reader.ts";
import type { Version } from "./packet-writer.ts";
import { describe, type ServerPacket, type ServerPacketType } from "./server-packet.ts";
import { ServerRules } from "./server-rules.ts";

/**
 * How long to wait for something, in milliseconds of real time; 15,000 (for the end of a connection 4,500) if not
 * given. Never a pause: it ends with the event.
 */
export interface Within {
  readonly within?: number;
}

/** Which packet of a type is meant; what is left out may be anything. */
interface Selection {
  readonly packetId?: number;
  readonly topic?: string;
}

/** No promise about speed, only the end of waiting for what will not come: long enough for a machine that is busy. */
const withinMilliseconds = 15_000;

/** Less than the broker's own deadlines (5 s to close, 10 s to connect): those must not pass for its answer. */
export const closedWithinMilliseconds = 4500;

/** What a connection received and the test did not look at yet. */
export class Inbox {
  readonly rules: ServerRules;
  readonly #reader: PacketReader;
  readonly #packets: ServerPacket[] = [];
  readonly #wakeups = new Set<() => void>();
  #end: "open" | "closed" | "reset" = "open";
  #violation: Error | undefined;
  #violationTold = false;

  constructor(socket: Duplex, version: Version) {
    this.rules = new ServerRules(version);
    this.#reader = new PacketReader(version);
    socket.on("data", (bytes: Buffer) => this.#arrive(bytes));
    socket.on("end", () => this.#finish("closed"));
    socket.on("close", () => this.#finish("closed"));
    socket.on("error", () => this.#finish("reset"));
  }

  get size(): number {
    return this.#packets.length;
  }

  async next(type: ServerPacketType | undefined, { within = withinMilliseconds }: Within): Promise<ServerPacket> {
    const wanted = type?.toUpperCase() ?? "a packet";
    await this.#until(() => this.#packets.length > 0 || this.#end !== "open", { within, wanted });
    const packet = this.#packets.shift();
    if (packet === undefined) assert.fail(`expected ${wanted}, but the broker ended the connection (${this.#end})`);
    if (type !== undefined && packet.type !== type) assert.fail(`expected ${wanted}, but got ${describe(packet)}`);
    return packet;
  }

  async take(type: ServerPacketType, options: Within & Selection): Promise<ServerPacket> {
    const { within = withinMilliseconds, packetId, topic } = options;
    const wanted = [type.toUpperCase(), packetId === undefined ? "" : `with packet id ${packetId}`, topic ?? ""].join(
      " ",
    );
    const fits = (packet: ServerPacket): boolean =>
      packet.type === type &&
      (packetId === undefined || ("packetId" in packet && packet.packetId === packetId)) &&
      (topic === undefined || (packet.type === "publish" && packet.topic === topic));
    await this.#until(() => this.#packets.some(fits) || this.#end !== "open", { within, wanted });
    const at = this.#packets.findIndex(fits);
    const packet = this.#packets[at];
    if (packet === undefined)
      assert.fail(`expected ${wanted}, but the broker ended the connection (${this.#report()})`);
    this.#packets.splice(at, 1);
    return packet;
  }

  async closed({ within = closedWithinMilliseconds }: Within): Promise<ServerPacket[]> {
    await this.#until(() => this.#end !== "open", { within, wanted: "the end of the connection" });
    return this.drain();
  }

  drain(): ServerPacket[] {
    this.rethrow();
    return this.#packets.splice(0);
  }

  expectEmpty(): void {
    this.rethrow();
    const [first] = this.#packets;
    if (first !== undefined)
      assert.fail(`expected nothing, but ${this.#packets.length} packet(s) came: ${this.#report()}`);
  }

  /** Throws the breach of the standard once, unless some wait threw it already. */
  rethrow(): void {
    if (this.#violation === undefined || this.#violationTold) return;
    this.#violationTold = true;
    throw this.#violation;
  }

  #arrive(bytes: Buffer): void {
    if (this.#violation !== undefined) return;
    try {
      for (const packet of this.#reader.push(bytes)) {
        this.rules.check(packet);
        this.#packets.push(packet);
      }
    } catch (error) {
      this.#violation = error as Error;
    }
    this.#wake();
  }

  #finish(end: "closed" | "reset"): void {
    if (this.#end === "open") this.#end = end;
    this.#wake();
  }

  #wake(): void {
    for (const wakeup of this.#wakeups) wakeup();
  }

  #report(): string {
    return [this.#end, ...this.#packets.slice(0, 5).map(describe)].join("; ");
  }

  /** Resolves when `ready` holds; asks again after every arrival. */
  async #until(ready: () => boolean, { within, wanted }: { within: number; wanted: string }): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = (): void => {
      if (this.#violation !== undefined) {
        this.#violationTold = true;
        reject(this.#violation);
      } else if (ready()) {
        resolve();
      }
    };
    // The place is noted here: a timer's callback no longer knows which line of the test was waiting.
    const place = new Error("waiting");
    Error.captureStackTrace(place, this.#until);
    const deadline = setTimeout(() => {
      const message = `expected ${wanted} within ${within} ms; the connection is ${this.#report()}`;
      const late = new assert.AssertionError({ message });
      late.stack = `AssertionError: ${message}\n${place.stack?.split("\n").slice(1).join("\n") ?? ""}`;
      reject(late);
    }, within);
    this.#wakeups.add(check);
    check();
    try {
      await promise;
    } finally {
      clearTimeout(deadline);
      this.#wakeups.delete(check);
    }
  }
}
