import type { ConfigSettings } from "../../src/config/mod.ts";

const names = ["io_uring", "epoll", "node"] as const;

/**
 * The transport that `TEST_TRANSPORT` asks for, as a setting of the broker; nothing where it is not set. Whoever
 * asks for one gets it or an error: tests that silently ran on another would prove nothing. Not `AKASA_...`: a broker
 * started by a test would take that for a key of its configuration.
 */
export function transportUnderTest(): Pick<ConfigSettings, "transport"> {
  const wanted = process.env["TEST_TRANSPORT"];
  if (wanted === undefined) return {};
  const transport = names.find((name) => name === wanted);
  if (transport === undefined) throw new Error(`TEST_TRANSPORT is one of ${names.join(", ")}, not ${wanted}`);
  return { transport };
}
