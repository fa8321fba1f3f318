import type { RawClient } from "./raw-client.ts";

/**
 * Milliseconds that this thread, on which broker and test run, has worked so far. Time in which the machine did
 * something else does not count, so a bound on it holds on a busy machine too.
 */
export function workedMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Sends PINGREQ and answers what the thread worked on, in milliseconds, until PINGRESP was there. */
export async function pingWork(client: RawClient): Promise<number> {
  const before = workedMilliseconds();
  await client.ping();
  return workedMilliseconds() - before;
}
