import { runShardThread } from "./run-shard-thread.ts";

// What a shard's thread runs.

await runShardThread({});
