import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SkipTest } from "./skip-test.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A mosquitto of our own. */
export interface Mosquitto {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

const program = "/usr/sbin/mosquitto";

/**
 * Starts Debian's mosquitto on a free loopback port, everything allowed, nothing kept: the yardstick for the suite.
 * `settings` are further lines of its configuration file.
 */
export async function startMosquitto(settings: readonly string[] = []): Promise<Mosquitto> {
  if (!existsSync(program)) throw new SkipTest(`${program} is not installed (Debian package mosquitto)`);
  const folder = temporaryFolder("mosquitto");
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "set_tcp_nodelay true",
    "log_dest stderr",
    "log_type all",
    ...settings,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const child = spawn(program, ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const exited = once(child, "exit");
  const log: string[] = [];
  const running = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    if (/mosquitto version .* running/.test(line)) running.resolve();
  });
  void exited.then(() => running.reject(new Error(`mosquitto ended at once:\n${log.join("\n")}`)));
  await running.promise;
  return {
    host: "127.0.0.1",
    port,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      process.off("exit", killAtExit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
