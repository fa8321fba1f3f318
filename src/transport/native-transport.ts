import { lookup } from "node:dns/promises";
import { unlinkSync } from "node:fs";
import { isIP } from "node:net";
import { drainReportedAbove } from "./channel.ts";
import { listenError } from "./listen-error.ts";
import type { Accept, Listener, ListenOptions } from "./listener.ts";
import {
  type NativeAddon,
  type NativeBackend,
  type NativeHandle,
  type NativeOptions,
  nameOfErrno,
} from "./native-addon.ts";
import { NativeChannel, type NativeShared } from "./native-channel.ts";
import type { Transport } from "./transport.ts";
import type { Turn, TurnSink } from "./turn.ts";
import { removeStaleSocket, setSocketMode } from "./unix-socket.ts";

/** What a native transport may be told; tests make it small. */
export interface NativeSettings {
  readonly backend: NativeBackend;
  /** Connections at most. */
  readonly connectionsMax: number;
  /** About the microseconds between two wake-ups under load; 0: it never waits. */
  readonly gatherMicroseconds: number;
  readonly areaBytes?: number;
  readonly ringEntries?: number;
  readonly receiveBuffers?: number;
  readonly incrementalBuffers?: boolean;
}

/** What `events` tells, as EventKind of native/src/transport.h. */
const EventKind = { accepted: 1, received: 2, held: 3, ended: 4, drained: 5, closed: 6 } as const;

const eventSize = 4;
const eventsMax = 8192;
const sendSize = 3;
const sendsMax = 4096;
const slotsMax = 1 << 20;
/** Received bytes of one wake-up; what is more waits in the kernel. */
const defaultAreaBytes = 2 * 1024 * 1024;

interface Door {
  readonly turn: Turn;
  readonly accept: Accept;
}

/** The transport over io_uring or epoll: bytes in and out of many connections with one call per wake-up. */
export class NativeTransport implements Transport, TurnSink {
  readonly #handle: NativeHandle;
  readonly #area: Buffer;
  readonly #events = new Int32Array(eventsMax * eventSize);
  readonly #sends = new Int32Array(sendsMax * sendSize);
  readonly #shared: NativeShared;
  readonly #channels: (NativeChannel | null)[] = [];
  readonly #doors: (Door | null)[] = [];
  #sendCount = 0;
  #inBatch = false;
  #turnEnd: (() => void) | null = null;

  /** @throws NativeRefusal what the system does not allow */
  constructor(addon: NativeAddon, settings: NativeSettings) {
    const pending = new Int32Array(Math.min(settings.connectionsMax, slotsMax));
    this.#area = Buffer.from(new ArrayBuffer(settings.areaBytes ?? defaultAreaBytes));
    const options: NativeOptions = {
      backend: settings.backend,
      area: this.#area,
      events: this.#events,
      sends: this.#sends,
      pending,
      onBatch: (count) => this.#onBatch(count),
      drainReportedAbove,
      gatherMicroseconds: settings.gatherMicroseconds,
      ringEntries: settings.ringEntries ?? 4096,
      receiveBuffers: settings.receiveBuffers ?? 32,
      incrementalBuffers: settings.incrementalBuffers ?? true,
    };
    this.#handle = new addon.Transport(options);
    this.#shared = { handle: this.#handle, pending };
  }

  get sink(): TurnSink {
    return this;
  }

  /** A turn that began with a wake-up ends with it: the output leaves before the loop looks at anything else. */
  schedule(run: () => void): void {
    if (this.#inBatch && this.#turnEnd === null) this.#turnEnd = run;
    else setImmediate(run);
  }

  async listen({ address, turn, accept, reusePort = false }: ListenOptions): Promise<Listener> {
    const unix = address.kind === "unix";
    const host = unix ? "" : await ipOf(address.host);
    if (host === null) throw listenError("ENOTFOUND", address);
    const path = unix ? address.path : "";
    if (unix) await removeStaleSocket(path);
    const number = this.#handle.listen(host, unix ? 0 : address.port, path, reusePort);
    if (number < 0) {
      const code = nameOfErrno(number);
      // As libuv, and so node:net, has it.
      throw listenError(code === "ENOENT" ? "EACCES" : code, address);
    }
    if (unix && address.mode !== undefined) setSocketMode(path, address.mode);
    this.#doors[number] = { turn, accept };
    const local = this.#handle.listenerAddress(number);
    return {
      address: unix ? `unix:${path}` : local,
      port: unix ? 0 : Number(local.slice(local.lastIndexOf(":") + 1)),
      close: () => {
        if (this.#doors[number] === null) return Promise.resolve();
        this.#doors[number] = null;
        this.#handle.closeListener(number);
        if (unix) unlinkQuietly(path);
        return Promise.resolve();
      },
    };
  }

  close(): void {
    this.#handle.close();
    for (const channel of this.#channels.splice(0)) if (channel !== null) channel.slot = -1;
  }

  useChunk(index: number, chunk: Buffer): void {
    this.#handle.setChunk(index, chunk);
  }

  add(slot: number, first: number, total: number): boolean {
    const at = this.#sendCount * sendSize;
    this.#sends[at] = slot;
    this.#sends[at + 1] = first;
    this.#sends[at + 2] = total;
    return ++this.#sendCount === sendsMax;
  }

  send(records: Int32Array): void {
    const count = this.#sendCount;
    if (count === 0) return;
    this.#sendCount = 0;
    this.#handle.flush(count, records);
  }

  #onBatch(count: number): void {
    this.#inBatch = true;
    const failures: unknown[] = [];
    for (let index = 0; index < count; index++) {
      try {
        this.#handleEvent(index * eventSize);
      } catch (error) {
        // The others' events are not lost with this one.
        failures.push(error);
      }
    }
    this.#inBatch = false;
    const turnEnd = this.#turnEnd;
    this.#turnEnd = null;
    turnEnd?.();
    if (failures.length > 0) throw failures[0];
  }

  #handleEvent(at: number): void {
    const slot = this.#events[at + 1] as number;
    const offset = this.#events[at + 2] as number;
    const channel = this.#channels[slot];
    switch (this.#events[at]) {
      case EventKind.received:
        if (channel?.ending === false) {
          channel.owner.onBytes(this.#area, offset, offset + (this.#events[at + 3] as number));
        }
        break;
      case EventKind.accepted:
        this.#accept(slot, offset);
        break;
      case EventKind.held:
        this.#deliverHeld(slot);
        break;
      case EventKind.ended:
        if (channel?.ending === false && !this.#handle.putOffEnd(slot)) channel.owner.onEnded();
        break;
      case EventKind.drained:
        if (channel?.slot === slot) channel.owner.onDrained();
        break;
      case EventKind.closed:
        this.#channels[slot] = null;
        channel?.closed(offset === 0 ? null : nameOfErrno(-offset));
        break;
      default:
        break;
    }
  }

  #accept(slot: number, listener: number): void {
    const door = this.#doors[listener] ?? null;
    if (door === null) {
      this.#handle.destroy(slot);
      return;
    }
    const channel = new NativeChannel(slot, this.#shared, door.turn);
    this.#channels[slot] = channel;
    const owner = door.accept(channel);
    if (owner === null) channel.destroy();
    else channel.owner = owner;
  }

  #deliverHeld(slot: number): void {
    const held = this.#handle.takeHeld(slot);
    const channel = this.#channels[slot];
    if (held !== null && channel?.ending === false) channel.owner.onBytes(held, 0, held.length);
  }
}

/** The address behind a host name; null where nobody knows it. */
async function ipOf(host: string): Promise<string | null> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    return null;
  }
}

/** As node:net does with the path of its own socket. */
function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else was faster.
  }
}
