import assert from "node:assert/strict";
import type { LogFields } from "../../src/base/mod.ts";
import type { RunningBroker } from "./running-broker.ts";

/** The fields of what the broker logged about a client that it let in. */
export async function connectedFields(running: RunningBroker, clientId: string): Promise<LogFields> {
  const log = await running.logged();
  const line = log.find(({ message, fields }) => message === "client connected" && fields["clientId"] === clientId);
  return line?.fields ?? assert.fail(`${clientId} has not connected`);
}

/** Why connections were refused before MQTT, in order. */
export async function refusals(running: RunningBroker): Promise<unknown[]> {
  return (await running.logged())
    .filter(({ message }) => message === "connection refused before MQTT")
    .map(({ fields }) => fields["reason"]);
}
