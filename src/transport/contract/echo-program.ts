import { parentPort, workerData } from "node:worker_threads";
import type { Channel, Turn } from "../mod.ts";
import { fanOut } from "./packets.ts";
import { openNative } from "./native-wire.ts";
import { turnOf } from "./wire.ts";

// Echoes over a native transport, as a process or as a worker thread; tells its port when it listens, and at the end in
// how many wake-ups bytes came.

interface Wanted {
  readonly backend: "io_uring" | "epoll";
  /** The port for all that share it; 0: any. */
  readonly port: number;
  /** Default 0. */
  readonly gatherMicroseconds?: number;
  /** What received bytes of this value do: they make the owner throw. */
  readonly throwsAt?: number;
}

const wanted = (workerData ?? JSON.parse(process.argv[2] ?? "{}")) as Wanted;
const transport = openNative({ backend: wanted.backend, gatherMicroseconds: wanted.gatherMicroseconds ?? 0 });
const turn: Turn = turnOf(transport);

let wakeUps = 0;
let isCounted = false;

function countWakeUp(): void {
  if (isCounted) return;
  isCounted = true;
  wakeUps++;
  // Microtasks run when the wake-up is over.
  queueMicrotask(() => (isCounted = false));
}

function echo(channel: Channel, bytes: Buffer): void {
  countWakeUp();
  if (bytes[0] === wanted.throwsAt) throw new Error("an owner that throws");
  fanOut(turn, [channel], Buffer.from(bytes));
}

process.on("uncaughtException", (error) => process.stdout.write(`uncaught: ${error.message}\n`));

const listener = await transport.listen({
  address: { kind: "tcp", host: "127.0.0.1", port: wanted.port },
  turn,
  reusePort: wanted.port !== 0,
  accept: (channel) => ({
    onBytes: (bytes, start, end) => echo(channel, bytes.subarray(start, end)),
    onDrained() {},
    onEnded: () => channel.end(),
    onClosed() {},
  }),
});

async function leave(): Promise<void> {
  await listener.close();
  process.stdout.write(`no longer listening, ${wakeUps} wake-ups\n`);
}

process.on("SIGTERM", () => void leave());
parentPort?.postMessage(listener.port);
if (parentPort === null) process.stdout.write(`port ${listener.port}\n`);
