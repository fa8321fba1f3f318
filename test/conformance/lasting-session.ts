import assert from "node:assert/strict";
import { type ConnectOptions, prop, type Property, RawClient, type Target, type Version } from "../kit/mod.ts";

/**
 * CONNECT options of a session that outlives its connection: in 5.0 by five minutes, before by the broker's own limit.
 */
export function lasting(clientId: string, properties: readonly Property[] = []): ConnectOptions {
  return { clientId, cleanStart: false, properties: [[prop.sessionExpiryInterval, 300], ...properties] };
}

/** Connects to a session that {@link lasting} began; fails unless the broker still has it (3.1 cannot tell). */
export async function resumed(
  target: Target,
  clientId: string,
  { version = 5, properties = [] }: { version?: Version; properties?: readonly Property[] } = {},
): Promise<RawClient> {
  const client = await RawClient.open(target, version);
  const { reasonCode, sessionPresent } = await client.connect(lasting(clientId, properties));
  assert.equal(reasonCode, 0);
  assert.equal(sessionPresent, version !== 3, "Session Present");
  return client;
}
