import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { getSystemErrorName } from "node:util";

/** What the addon of native/ offers; its counterpart is native/src/addon.cc. */
export interface NativeAddon {
  readonly interfaceVersion: number;
  /** @throws NativeRefusal what the system does not allow */
  readonly Transport: new (options: NativeOptions) => NativeHandle;
  /** Makes the process's table of descriptors large enough for so many, at once. Answers 0, or -errno. */
  growDescriptorTable(count: number): number;
}

/** The two ways in which the addon talks to the kernel. */
export type NativeBackend = "io_uring" | "epoll";

/** How a native transport is made. All memory is used by both sides, and must not be detached. */
export interface NativeOptions {
  readonly backend: NativeBackend;
  /** Where received bytes arrive. */
  readonly area: Buffer;
  /** What happened, four numbers each: kind, slot, offset, length. */
  readonly events: Int32Array;
  /** What is to be sent, three numbers each: slot, first record, total bytes. */
  readonly sends: Int32Array;
  /** Bytes that wait, by slot; its length is the largest number of connections. */
  readonly pending: Int32Array;
  /** Called once per wake-up with the number of events. */
  readonly onBatch: (count: number) => void;
  readonly drainReportedAbove: number;
  readonly gatherMicroseconds: number;
  /** Submissions that io_uring takes at once. */
  readonly ringEntries: number;
  /** Pieces that io_uring divides the receive area in: a power of two. */
  readonly receiveBuffers: number;
  /** False: as on kernels before 6.12, where each read takes a buffer of its own. */
  readonly incrementalBuffers: boolean;
}

/** A running native transport. Connections are slots: small numbers, free again after their `closed` was delivered. */
export interface NativeHandle {
  /** Answers the listener's number, or -errno. An empty path: TCP. */
  listen(host: string, port: number, path: string, reusePort: boolean): number;
  listenerAddress(listener: number): string;
  closeListener(listener: number): void;
  setChunk(index: number, chunk: Buffer): void;
  flush(count: number, records: Int32Array): void;
  write(slot: number, bytes: Buffer): void;
  pause(slot: number): void;
  resume(slot: number): void;
  end(slot: number): void;
  destroy(slot: number): void;
  /** `127.0.0.1:50123`, `[::1]:50123`, `unix`, `unknown`. */
  peerAddress(slot: number): string;
  /** An end that comes to a slot which was paused in the same wake-up is told again at resume; false: it is not. */
  putOffEnd(slot: number): boolean;
  /** Bytes that arrived while the slot was paused, as an own buffer. */
  takeHeld(slot: number): Buffer | null;
  /** Closes everything at once; nothing is reported any more. */
  close(): void;
}

/** The addon, or why there is none. */
export type LoadedAddon =
  | { readonly addon: NativeAddon; readonly reason: null }
  | { readonly addon: null; readonly reason: string };

/** Of addon.cc: an addon from before is not used. */
const addonInterface = 3;

const folder = fileURLToPath(new URL("../../native/.build/", import.meta.url));

/** Loads what `npm ci` built. Never throws: without it node:net carries the bytes. */
export function loadAddon(from: string = folder): LoadedAddon {
  const file = `${from}akasa-transport.node`;
  if (!existsSync(file)) return without(whyNotBuilt(`${from}not-built.txt`));
  let addon: NativeAddon;
  try {
    addon = createRequire(import.meta.url)(file) as NativeAddon;
  } catch (error) {
    return without(`the addon cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (addon.interfaceVersion === addonInterface) return { addon, reason: null };
  return without("the addon was built from another version (node native/install.js builds it anew)");
}

function without(reason: string): LoadedAddon {
  return { addon: null, reason };
}

/** The install script leaves its reason beside the place where the addon would be. */
function whyNotBuilt(file: string): string {
  const told = existsSync(file) ? readFileSync(file, "utf8").trim() : "node native/install.js builds it";
  return `the addon was not built: ${told}`;
}

/** What the addon throws: the thing that was refused as message, and -errno. */
export interface NativeRefusal extends Error {
  readonly errno: number;
}

/** Whether an error is a refusal by the system. */
export function isRefusal(error: unknown): error is NativeRefusal {
  return error instanceof Error && "errno" in error && typeof error.errno === "number";
}

/** `EPERM` for -1. */
export function nameOfErrno(errno: number): string {
  return getSystemErrorName(errno);
}
