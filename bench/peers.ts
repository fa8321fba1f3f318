import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Carrier } from "./workload.ts";

/**
 * A broker to measure. In `command` and `config`, `{port}` is the loopback port to listen on, `{config}` the path of a
 * file with the text of `config` and `{data}` that of a folder for what is to be kept; `{node}` is the Node that runs
 * the benchmark, `{certificate}` and `{key}` are files for TLS.
 */
export interface Peer {
  readonly name: string;
  readonly command: readonly string[];
  readonly config: string;
  readonly protocols: readonly (4 | 5)[];
  /** What is different where it listens for something else than TCP. */
  readonly carriers?: Readonly<Partial<Record<Carrier, Partial<Pick<Peer, "command" | "config">>>>>;
  readonly version: () => string;
  /** A way to run another peer, measured only when asked for by name. */
  readonly variant?: boolean;
  /** It uses all cores, and not the first one alone. */
  readonly onAllCores?: boolean;
}

/** Debian keeps servers where a user's PATH does not look. */
export const brokerEnvironment: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` };

function packageVersion(path: string): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("version" in manifest)) return "unknown";
  return String(manifest.version);
}

function mosquittoVersion(): string {
  // `mosquitto -h` ends with a status other than 0 and prints its version first.
  try {
    return execFileSync("mosquitto", ["-h"], { encoding: "utf8", env: brokerEnvironment });
  } catch (error) {
    const text = typeof error === "object" && error !== null && "stdout" in error ? String(error.stdout) : "";
    return /version (\S+)/.exec(text)?.[1] ?? "unknown";
  }
}

/** Akasa with one more line in its configuration. */
function akasa(name: string, line = ""): Peer {
  return {
    name,
    // As bin/akasa.js and `npm start` have it.
    command: [
      "{node}",
      "--max-semi-space-size=8",
      "--v8-pool-size=1",
      "src/cli/main.ts",
      "start",
      "--config",
      "{config}",
    ],
    config: `listeners:\n  mqtt:\n    addr: 127.0.0.1:{port}\ndata_dir: {data}\n${line}\n`,
    protocols: [4, 5],
    carriers: {
      tls: {
        config:
          "data_dir: {data}\n" +
          "listeners: { mqtts: { addr: '127.0.0.1:{port}', cert_file: '{certificate}', key_file: '{key}' } }",
      },
      ws: { config: "listeners: { ws: { addr: '127.0.0.1:{port}', path: /mqtt } }\ndata_dir: {data}\n" },
    },
    version: () => packageVersion("../package.json"),
    variant: line !== "",
  };
}

const mosquittoConfig = `listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 100
set_tcp_nodelay true
log_dest none
`;

/** Akasa with so many shards, on all cores: what a message costs that crosses between them. */
function akasaShards(count: number): Peer {
  return { ...akasa(`akasa-shards-${count}`, `durability: memory\nshards: ${count}`), onAllCores: true };
}

const table: readonly Peer[] = [
  akasa("akasa"),
  akasa("akasa-io_uring", "transport: io_uring"),
  akasa("akasa-epoll", "transport: epoll"),
  akasa("akasa-node", "transport: node"),
  akasa("akasa-no-gather", "gather_microseconds: 0"),
  akasa("akasa-memory", "durability: memory"),
  akasaShards(1),
  akasaShards(2),
  akasaShards(4),
  {
    // Queues without a limit, so that no message of a measurement is dropped; no Nagle delay, as in every other peer.
    name: "mosquitto",
    command: ["mosquitto", "-c", "{config}"],
    config: mosquittoConfig,
    protocols: [4, 5],
    // Debian builds it without WebSocket. As `mosquitto`, which root's becomes, it could not read the key.
    carriers: { tls: { config: `${mosquittoConfig}user root\ncertfile {certificate}\nkeyfile {key}\n` } },
    version: mosquittoVersion,
  },
  {
    name: "aedes",
    command: ["{node}", "bench/peers/aedes.ts", "{port}"],
    config: "",
    protocols: [4],
    carriers: {
      tls: { command: ["{node}", "bench/peers/aedes.ts", "{port}", "tls", "{certificate}", "{key}"] },
      ws: { command: ["{node}", "bench/peers/aedes.ts", "{port}", "ws"] },
    },
    version: () => packageVersion("../node_modules/aedes/package.json"),
  },
];

/** The peer as it is where a workload comes in that way; undefined where it does not offer it. */
export function peerOver(peer: Peer, carrier: Carrier | undefined): Peer | undefined {
  if (carrier === undefined) return peer;
  const different = peer.carriers?.[carrier];
  return different === undefined ? undefined : { ...peer, ...different };
}

/** Every broker the benchmark knows, by name. A new one is one more entry. */
export const peers: ReadonlyMap<string, Peer> = new Map(table.map((peer) => [peer.name, peer]));

/** The peer all others are compared with. */
export const referencePeer = "mosquitto";
