import { connect } from "node:net";
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";

/** One PINGREQ every few milliseconds, on a thread of its own: what a connected client feels of a storm. */
const everyMilliseconds = 5;
const connectPacket = Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 0x62]);
const pingreq = Buffer.from([0xc0, 0]);
const pingrespBytes = 2;
const connackBytes = 4;

// The storm may not make this thread wait for a core (on Linux 0 is this thread): that would be taken for the broker's.
try {
  setPriority(0, -20);
} catch {
  // Only root may.
}

const { port } = workerData as { readonly port: number };
const socket = connect({ host: "127.0.0.1", port, noDelay: true });
const sentAt: number[] = [];
const latencies: number[] = [];
let received = -connackBytes;

socket.on("connect", () => socket.write(connectPacket));
socket.on("data", (bytes) => {
  if (received < 0) {
    setInterval(() => {
      sentAt.push(performance.now());
      socket.write(pingreq);
    }, everyMilliseconds);
  }
  received += bytes.length;
  const now = performance.now();
  while (received >= pingrespBytes) {
    received -= pingrespBytes;
    latencies.push(now - (sentAt.shift() ?? now));
  }
});

// Every question is answered with the latencies since the last one.
parentPort?.on("message", () => parentPort?.postMessage(latencies.splice(0)));
