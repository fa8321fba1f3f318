import type { Logger } from "../base/mod.ts";
import { isRefusal, loadAddon, type LoadedAddon, nameOfErrno, type NativeAddon } from "./native-addon.ts";
import { NativeTransport } from "./native-transport.ts";
import { nodeTransport, type Transport } from "./transport.ts";

/** What the configuration asks for. */
export type TransportWish = "auto" | "io_uring" | "epoll" | "node";

/** What runs. */
export type TransportName = Exclude<TransportWish, "auto">;

/** Which transport runs, and why not the one before it in the order io_uring, epoll, node. */
export interface TransportChoice {
  readonly name: TransportName;
  readonly wanted: TransportWish;
  /** One line. */
  readonly reason: string;
  readonly transport: Transport;
}

/** What {@link chooseTransport} goes by; the last two are for tests. */
export interface TransportSurroundings {
  readonly wanted: TransportWish;
  readonly connectionsMax: number;
  readonly gatherMicroseconds: number;
  readonly logger: Logger;
  readonly platform?: string;
  readonly load?: () => LoadedAddon;
}

/** What does not belong to the answer yet. */
type Found = Pick<TransportChoice, "name" | "reason" | "transport">;

/**
 * Takes the best transport that works here: io_uring, else epoll, else node:net. Never fails; says in one line of the
 * log which it is and why.
 */
export function chooseTransport(surroundings: TransportSurroundings): TransportChoice {
  const { wanted, logger } = surroundings;
  const found = find(surroundings);
  const fields = { transport: found.name, reason: found.reason };
  const instead = wanted !== "auto" && wanted !== found.name;
  if (instead) logger.warn(`transport: ${found.name} instead of ${wanted}, which does not work here`, fields);
  else logger.info("transport", fields);
  return { ...found, wanted };
}

function find(surroundings: TransportSurroundings): Found {
  const { wanted, platform = process.platform, load = loadAddon } = surroundings;
  if (wanted === "node") return { name: "node", reason: "as configured", transport: nodeTransport };
  if (platform !== "linux") return withNode(`io_uring and epoll are Linux's, and this is ${platform}`);
  const { addon, reason } = load();
  if (addon === null) return withNode(reason);
  let why = "as configured";
  if (wanted !== "epoll") {
    const ring = open(addon, "io_uring", surroundings);
    if (typeof ring !== "string") return { name: "io_uring", reason: "it works here", transport: ring };
    why = ring;
  }
  const epoll = open(addon, "epoll", surroundings);
  if (typeof epoll === "string") return withNode(epoll);
  return { name: "epoll", reason: why, transport: epoll };
}

function withNode(reason: string): Found {
  return { name: "node", reason, transport: nodeTransport };
}

/** The transport, or why it does not work. */
function open(
  addon: NativeAddon,
  backend: "io_uring" | "epoll",
  { connectionsMax, gatherMicroseconds }: TransportSurroundings,
): NativeTransport | string {
  try {
    return new NativeTransport(addon, { backend, connectionsMax, gatherMicroseconds });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return `${backend} does not work: ${error.message}: ${explain(nameOfErrno(error.errno))}`;
  }
}

function explain(code: string): string {
  switch (code) {
    case "EPERM":
    case "EACCES":
      return `${code}, not permitted here (the seccomp profile of a container, or kernel.io_uring_disabled)`;
    case "ENOMEM":
      return `${code}, no memory may be locked (RLIMIT_MEMLOCK: ulimit -l)`;
    case "ENOSYS":
    case "EINVAL":
    case "ENOPROTOOPT":
    case "EOPNOTSUPP":
      return `${code}, this kernel is too old for it (Linux 6.1 is needed)`;
    default:
      return code;
  }
}
