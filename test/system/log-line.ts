import assert from "node:assert/strict";
import type { LogFields } from "../../src/base/mod.ts";
import type { RunningBroker } from "./running-broker.ts";

/** The fields of what the broker logged about a client that it let in. */
export function connectedFields({ log }: RunningBroker, clientId: string): LogFields {
  const line = log.find(({ message, fields }) => message === "client connected" && fields["clientId"] === clientId);
  return line?.fields ?? assert.fail(`${clientId} has not connected`);
}

/** Why connections were refused before MQTT, in order. */
export function refusals({ log }: RunningBroker): unknown[] {
  return log
    .filter(({ message }) => message === "connection refused before MQTT")
    .map(({ fields }) => fields["reason"]);
}
