import assert from "node:assert/strict";
import { RawClient, type Target } from "./raw-client.ts";
import { uniqueName } from "./unique-name.ts";

/*
 * How the absence of a message is proved without a sleep. A message that the broker would deliver by mistake is
 * delivered by the same path as any other. So a second message is sent behind the first, on a topic of its own that
 * surely is delivered: the fence. When the fence has arrived, the mistake would have arrived before it.
 */

/**
 * Proves that the broker has dealt with everything that reached it so far (also with the end of connections): a message
 * went once through it, from a client of our own to another. Afterwards ask the clients of the test `expectNothing()`.
 */
export async function settle(broker: Target): Promise<void> {
  using watcher = await RawClient.connected(broker, 4);
  using publisher = await RawClient.connected(broker, 4);
  await fence(publisher, watcher);
}

/**
 * Proves that whatever `publisher` sent so far has reached each of the `watchers` if it ever will. Each watcher gets
 * one more subscription for the moment; what else arrived stays in its inbox, in order, and `expectNothing()` judges
 * it.
 */
export async function fence(publisher: RawClient, ...watchers: readonly RawClient[]): Promise<void> {
  for (const watcher of watchers) {
    const topic = uniqueName("fence/");
    const { reasonCodes } = await watcher.subscribe(topic);
    assert.deepEqual(reasonCodes, [0], "the fence subscription was refused");
    publisher.publish(topic, "fence");
    await watcher.takePublication(topic);
    await watcher.unsubscribe(topic);
  }
}
