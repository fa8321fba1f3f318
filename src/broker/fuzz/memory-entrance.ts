import { Gate } from "../../admission/mod.ts";
import { AnonymousAuthenticator, type Authenticator } from "../../auth/mod.ts";
import { clientListeners, type Config } from "../../config/mod.ts";
import type { Entrance } from "../../connection/mod.ts";
import { clientTermsOf, gateTermsOf } from "../entrance-terms.ts";
import type { Shard } from "../shard.ts";

/** The way into a shard without sockets, with the limits of the configuration's first listener. */
export function memoryEntrance(config: Config, shard: Shard, authenticator?: Authenticator): Entrance {
  const limits = clientListeners(config.listeners)[0]?.settings.limits;
  if (limits === undefined) throw new Error("a broker without a listener");
  const gate = new Gate(gateTermsOf(config, limits), shard.statistics, shard.turn.now);
  shard.sharedLimits?.add("memory", gate);
  return {
    name: "memory",
    authenticator: authenticator ?? new AnonymousAuthenticator(),
    terms: clientTermsOf(config, limits),
    gate,
  };
}
