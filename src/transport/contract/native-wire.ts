import { silentLogger } from "../../base/mod.ts";
import { chooseTransport, loadAddon, type LoadedAddon, type NativeSettings, NativeTransport } from "../mod.ts";
import { loopback, openSockets, unixPath, type WireKind } from "./wire.ts";

type Variant = readonly [name: string, settings: Partial<NativeSettings>, unix?: "unix"];

/** Of very little of everything, so that all of it runs out. */
const scarce: Partial<NativeSettings> = { areaBytes: 16 * 1024, ringEntries: 8, receiveBuffers: 4 };

const variants: readonly Variant[] = [
  ["epoll", { backend: "epoll" }],
  ["epoll, Unix socket", { backend: "epoll" }, "unix"],
  ["epoll, a small receive area", { backend: "epoll", ...scarce }],
  ["epoll, gathering", { backend: "epoll", gatherMicroseconds: 200 }],
  ["io_uring", { backend: "io_uring" }],
  ["io_uring, Unix socket", { backend: "io_uring" }, "unix"],
  ["io_uring, whole buffers", { backend: "io_uring", incrementalBuffers: false }],
  ["io_uring, small rings and buffers", { backend: "io_uring", ...scarce }],
  ["io_uring, few whole buffers", { backend: "io_uring", ...scarce, receiveBuffers: 1, incrementalBuffers: false }],
  ["io_uring, gathering", { backend: "io_uring", gatherMicroseconds: 200 }],
];

/** The addon, or the one in another folder: scripts/sanitize.ts has one that watches itself. */
function loadTested(): LoadedAddon {
  return loadAddon(process.env["TEST_ADDON_FOLDER"]);
}

/** A native transport with these settings. */
export function openNative(settings: Partial<NativeSettings>): NativeTransport {
  const { addon, reason } = loadTested();
  if (addon === null) throw new Error(reason);
  return new NativeTransport(addon, { backend: "epoll", connectionsMax: 4096, gatherMicroseconds: 0, ...settings });
}

/** Why the backend does not run here; undefined if it does. */
export function whyNotNative(backend: "io_uring" | "epoll"): string | undefined {
  const surroundings = { connectionsMax: 1, gatherMicroseconds: 0, logger: silentLogger, load: loadTested };
  const choice = chooseTransport({ wanted: backend, ...surroundings });
  choice.transport.close();
  return choice.name === backend ? undefined : choice.reason;
}

function kindOf([name, settings, unix]: Variant): WireKind {
  const skip = whyNotNative(settings.backend ?? "epoll");
  return {
    name,
    ...(skip === undefined ? {} : { skip }),
    variant: name !== settings.backend,
    open: () => openSockets(unix === undefined ? loopback : { kind: "unix", path: unixPath() }, openNative(settings)),
  };
}

/** The native transports that have to keep the contract. */
export const nativeWireKinds: readonly WireKind[] = variants.map(kindOf);
