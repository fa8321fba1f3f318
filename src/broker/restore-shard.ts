import type { Logger } from "../base/mod.ts";
import { type Journal, LocalJournal } from "../store/mod.ts";
import type { Shard } from "./shard.ts";

/**
 * Everything that was there before, first of all routes: a listener that opens earlier would lose messages.
 * @throws WorldError `store_damaged`
 */
export async function restoreShard(shard: Shard, journal: Journal, logger: Logger): Promise<void> {
  if (!(journal instanceof LocalJournal)) return;
  const restorer = shard.restorer();
  await journal.restore(restorer);
  restorer.finish();
  if (restorer.refused > 0) {
    logger.warn("not everything in the store could be taken over", { refused: restorer.refused });
  }
  if (shard.sessions.size === 0 && shard.retained.count === 0) return;
  logger.info("restored", {
    sessions: shard.sessions.size,
    subscriptions: shard.router.subscriptionCount,
    retained: shard.retained.count,
  });
}
