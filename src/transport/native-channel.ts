import type { Peer } from "../base/mod.ts";
import { Channel } from "./channel.ts";
import type { NativeHandle } from "./native-addon.ts";
import type { Turn } from "./turn.ts";

/** What all channels of one native transport share. */
export interface NativeShared {
  readonly handle: NativeHandle;
  /** Bytes that wait, by slot. */
  readonly pending: Int32Array;
}

/** A {@link Channel} over the native transport: a number for the kernel's side, and who gets its bytes. */
export class NativeChannel extends Channel {
  override slot: number;
  readonly #shared: NativeShared;
  readonly #turn: Turn;

  constructor(slot: number, shared: NativeShared, turn: Turn) {
    super();
    this.slot = slot;
    this.#shared = shared;
    this.#turn = turn;
  }

  protected describePeer(): Peer {
    const nothing = { proxy: null, tls: null, certificate: null, identity: null };
    const text = this.slot < 0 ? "unknown" : this.#shared.handle.peerAddress(this.slot);
    return { ...endpointOf(text), ...nothing };
  }

  get waitingBytes(): number {
    return this.slot < 0 ? 0 : (this.#shared.pending[this.slot] as number);
  }

  pause(): void {
    if (this.slot >= 0) this.#shared.handle.pause(this.slot);
  }

  resume(): void {
    if (this.slot >= 0) this.#shared.handle.resume(this.slot);
  }

  end(): void {
    if (this.ending) return;
    this.ending = true;
    if (this.outFirst < 0) this.#turn.visit(this);
  }

  destroy(): void {
    this.ending = true;
    if (this.slot >= 0) this.#shared.handle.destroy(this.slot);
  }

  write(bytes: Buffer): boolean {
    // Behind what the turn's table has for this channel.
    this.#turn.sendNow();
    if (this.slot >= 0) this.#shared.handle.write(this.slot, bytes);
    return true;
  }

  afterTurn(): void {
    if (!this.ending || this.slot < 0) return;
    this.#turn.sendNow();
    this.#shared.handle.end(this.slot);
  }

  /** For the transport: the stream is over, and the slot will be another's. */
  closed(cause: string | null): void {
    this.ending = true;
    try {
      this.owner.onClosed(cause);
    } finally {
      this.slot = -1;
    }
  }
}

/** In this form an IPv6 socket tells of an IPv4 peer. */
const mappedIpv4 = /^::ffff:(?=\d+\.)/i;

/** Of `127.0.0.1:50123`, `[::1]:50123`, `unix`, or `unknown` for one that was gone when it was accepted. */
function endpointOf(text: string): Pick<Peer, "address" | "port"> {
  const colon = text.lastIndexOf(":");
  if (colon < 0) return { address: text, port: 0 };
  const host = text.slice(0, colon).replaceAll(/^\[|\]$/g, "");
  return { address: host.replace(mappedIpv4, ""), port: Number(text.slice(colon + 1)) };
}
