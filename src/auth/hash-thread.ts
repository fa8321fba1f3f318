import { getPriority, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import type { HashTask } from "./hash-threads.ts";
import { matchesNow } from "./password-hash.ts";

/** By so much the niceness is raised: the event loop gets about ten times as much of a core that both want. */
const nicer = 10;
const niceMax = 19;

// On Linux 0, the default, is this thread; elsewhere it would be the whole process.
if (process.platform === "linux") setPriority(Math.min(getPriority() + nicer, niceMax));

parentPort?.on("message", ({ password, hashing, salt, hash }: HashTask) => {
  const entry = { hashing, salt: Buffer.from(salt), hash: Buffer.from(hash) };
  parentPort?.postMessage(matchesNow(password, entry));
});
