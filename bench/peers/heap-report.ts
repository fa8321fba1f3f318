import { getHeapStatistics } from "node:v8";

// Loaded into a broker with --import: answers "heap" with what V8 has allocated since the process began, in bytes.
process.on("message", (message) => {
  if (message === "heap") process.send?.(getHeapStatistics().total_allocated_bytes);
});
// The channel must not keep a broker alive that wants to end.
process.channel?.unref();
