import { existsSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { run, SkipTest, temporaryFolder } from "../kit/mod.ts";

const program = "/usr/sbin/haproxy";

/** A HAProxy in front of a broker; it ends with the test. */
export interface HaProxy extends AsyncDisposable {
  readonly host: string;
  /** The port of each front, in the order in which they were given. */
  readonly ports: readonly number[];
}

/** One way through the proxy. */
export interface Front {
  /** Words of HAProxy's `bind` line behind the address: `ssl crt FILE`. */
  readonly bind?: string;
  /** Words of its `server` line behind the address: `send-proxy-v2`. */
  readonly server: string;
  /** Where the broker listens. */
  readonly port: number;
}

/** Starts Debian's HAProxy; throws SkipTest where it is not installed. */
export async function startHaProxy(...fronts: readonly Front[]): Promise<HaProxy> {
  if (!existsSync(program)) throw new SkipTest(`${program} is not installed (Debian package haproxy)`);
  const folder = temporaryFolder("haproxy");
  const ports = await freePorts(fronts.length);
  const sections = fronts.map(({ bind = "", server, port }, index) => {
    const lines = [`bind 127.0.0.1:${ports[index]} ${bind}`, `server broker 127.0.0.1:${port} ${server}`];
    return `listen way${index}\n  ${lines.join("\n  ")}\n`;
  });
  const defaults = "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n";
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, `global\n  log stderr format raw local0\n${defaults}${sections.join("")}`);
  const child = run(program, ["-W", "-db", "-f", file], { within: 120_000 });
  await child.line(/Loading success|New worker .* forked/);
  for (const port of ports) await reachable(port);
  return {
    host: "127.0.0.1",
    ports,
    async [Symbol.asyncDispose]() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Ports nobody listens on just now; all different, because they are held together. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, "close")));
  return ports;
}

/** Resolves when somebody listens on the port; the connection is ended without a byte. */
async function reachable(port: number): Promise<void> {
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return;
  }
}
