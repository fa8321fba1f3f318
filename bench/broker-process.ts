import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { brokerEnvironment, type Peer } from "./peers.ts";

/** A broker under measurement, alone on the first core. */
export interface BrokerProcess {
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

const readyMilliseconds = 20_000;
const stopMilliseconds = 10_000;
const root = fileURLToPath(new URL("..", import.meta.url));

/** A port of the loopback interface that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Returns when the port accepts connections; fails when the process ends first. */
export async function untilReady(child: ChildProcess, port: number, name: string): Promise<void> {
  const deadline = performance.now() + readyMilliseconds;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with status ${child.exitCode} before it was ready`);
    if (performance.now() > deadline) throw new Error(`${name} did not listen within ${readyMilliseconds / 1000} s`);
    await pause(50);
  }
}

/** Ends a child that was started here, by force if it does not leave by itself. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), stopMilliseconds);
  await ended;
  clearTimeout(force);
}

/** How a broker is started. */
export interface StartOptions {
  /** Gives a Node broker a channel to this process (`child.send`). */
  readonly withMessages?: boolean;
  /** Lets it use all cores, not the first one alone. */
  readonly onAllCores?: boolean;
  /** Folder that outlives the broker; without it there is one that goes with it. */
  readonly dataFolder?: string;
}

/** A certificate that nobody knows, for the loopback interface: ECDSA P-256, as is usual. */
function makeCertificate(certificate: string, key: string): void {
  const what = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost".split(" ");
  execFileSync("openssl", [...what, "-keyout", key, "-out", certificate], { stdio: "ignore" });
}

export async function startBroker(peer: Peer, options: StartOptions = {}): Promise<BrokerProcess> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "akasa-bench-"));
  const config = join(directory, "config");
  const [certificate, key] = [join(directory, "certificate.pem"), join(directory, "key.pem")];
  if ([peer.config, ...peer.command].some((text) => text.includes("{certificate}"))) makeCertificate(certificate, key);
  const data = options.dataFolder ?? join(directory, "data");
  const values = { port: String(port), config, data, node: process.execPath, certificate, key };
  const fill = (text: string): string =>
    Object.entries(values).reduce((filled, [name, value]) => filled.replaceAll(`{${name}}`, value), text);
  writeFileSync(config, fill(peer.config));
  const cores = options.onAllCores === true ? `0-${availableParallelism() - 1}` : "0";
  const child = spawn("taskset", ["-c", cores, ...peer.command.map(fill)], {
    cwd: root,
    env: brokerEnvironment,
    stdio: ["ignore", "ignore", "pipe", ...(options.withMessages === true ? (["ipc"] as const) : [])],
  });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
  // A benchmark that is broken off leaves no broker behind.
  const abandon = (): void => void child.kill("SIGKILL");
  process.once("exit", abandon);
  const stop = async (): Promise<void> => {
    await stopChild(child);
    process.off("exit", abandon);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await once(child, "spawn");
    await untilReady(child, port, peer.name);
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${complaint}`, { cause: error });
  }
  // taskset replaces itself by the broker: the child's id is the broker's.
  if (child.pid === undefined) throw new Error(`${peer.name} has no process id`);
  return { pid: child.pid, port, child, stop };
}
