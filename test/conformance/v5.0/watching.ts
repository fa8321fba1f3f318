import assert from "node:assert/strict";
import { type Properties, RawClient, type Target } from "../../kit/mod.ts";

/** A 5.0 client that sees everything under the filter as it was published: QoS 2, Retain As Published. */
export async function watching(target: Target, filter: string, properties: Properties = []): Promise<RawClient> {
  const watcher = await RawClient.connected(target, 5, { properties });
  const { reasonCodes } = await watcher.subscribe(filter, { qos: 2, retainAsPublished: true });
  assert.deepEqual(reasonCodes, [2], `the subscription to ${filter} was not granted QoS 2`);
  return watcher;
}
