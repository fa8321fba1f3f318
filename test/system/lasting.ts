import type { ConnectOptions, Property, Version } from "../kit/mod.ts";
import { prop } from "../kit/mod.ts";

/** CONNECT options of a session that outlives its connection: in 5.0 by `seconds`, before by the broker's own limit. */
export function lasting(version: Version, clientId: string, seconds = 300): ConnectOptions {
  const properties: Property[] = version === 5 ? [[prop.sessionExpiryInterval, seconds]] : [];
  return { clientId, cleanStart: false, properties };
}
