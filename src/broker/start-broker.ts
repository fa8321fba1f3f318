import { silentLogger, systemClock } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { type Broker, type BrokerServices, startShard } from "./broker.ts";
import { shardCountOf } from "./shard-count.ts";
import { checkAddresses, portsCanBeShared } from "./shared-addresses.ts";
import { sharedPorts } from "./thread-listeners.ts";
import { ThreadedBroker } from "./threaded-broker.ts";

/**
 * Starts a broker: its listeners are open when this resolves. With `shards` above 1 it runs in threads of its own, and
 * this one supervises them.
 * @throws WorldError an address that cannot be listened on, a password file that cannot be read, hooks that cannot be
 * used, shards that cannot be (`config_invalid`); nothing runs then
 */
export async function startBroker(config: Config, services: BrokerServices = {}): Promise<Broker> {
  const { count, reason } = shardCountOf(config, services);
  const logger = services.logger ?? silentLogger;
  if (reason !== null) logger.warn("one shard only", { reason });
  if (count === 1) return startShard(config, services);
  if (!(await portsCanBeShared())) {
    logger.warn("one shard only", { reason: "this system does not spread connections to one port over threads" });
    return startShard(config, services);
  }
  await checkAddresses(config);
  const broker = await ThreadedBroker.start({ config, count, logger, clock: systemClock, listeners: sharedPorts });
  logger.info("shards run", { shards: count });
  return broker;
}
