import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/mod.ts";
import { runShardThread } from "./run-shard-thread.ts";
import type { ThreadData } from "./shard-thread-message.ts";

// What a shard's thread runs.

assert(parentPort !== null, "a shard's thread has a thread that started it");
await runShardThread({}, { data: workerData as ThreadData, port: parentPort });
