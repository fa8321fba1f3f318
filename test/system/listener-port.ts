import assert from "node:assert/strict";
import type { RunningBroker } from "./running-broker.ts";

/** The port that a listener got. */
export function portOf({ broker }: RunningBroker, name: string): number {
  return broker.listeners.find((listener) => listener.name === name)?.port ?? assert.fail(`no listener ${name}`);
}
