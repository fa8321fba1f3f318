import { connect, type Socket } from "node:net";
import { decodePacket, encodePacket, feed, type FrameTarget, type PartialFrame } from "../../../src/codec/mod.ts";
import type { Packet } from "../../../src/protocol/mod.ts";

/** What a client of the crash test does with packets. */
export interface PacketHandler {
  onPacket(packet: Packet): void;
  onLost(): void;
}

/** One connection of MQTT 5.0: packets in, packets out. Whatever breaks it, it is lost once. */
export class WireClient implements FrameTarget {
  partial: PartialFrame | null = null;
  readonly packetSizeMax = 1_000_000;
  readonly #socket: Socket;
  readonly #handler: PacketHandler;
  #open = true;

  constructor(port: number, handler: PacketHandler) {
    this.#handler = handler;
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("data", (bytes: Buffer) => feed(this, bytes, 0, bytes.length));
    this.#socket.on("error", () => {
      // "close" follows.
    });
    this.#socket.on("close", () => this.#lose());
  }

  send(packet: Packet): void {
    if (this.#open) this.#socket.write(encodePacket(packet, 5));
  }

  /** Breaks the connection. */
  cut(): void {
    this.#socket.destroy();
    this.#lose();
  }

  onFrame(first: number, bytes: Buffer, start: number, end: number): boolean {
    if (this.#open) this.#handler.onPacket(decodePacket(first, bytes, start, end, 5, "server"));
    return this.#open;
  }

  #lose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#handler.onLost();
  }
}
