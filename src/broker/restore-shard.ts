import type { Logger } from "../base/mod.ts";
import { deliverLeft } from "../cluster/mod.ts";
import { type Journal, LocalJournal, SharedJournal } from "../store/mod.ts";
import type { Shard } from "./shard.ts";

/**
 * Everything that was there before, first of all routes: a listener that opens earlier would lose messages.
 * @throws WorldError `store_damaged`
 */
export async function restoreShard(shard: Shard, journal: Journal, logger: Logger): Promise<void> {
  if (!(journal instanceof LocalJournal || journal instanceof SharedJournal)) return;
  const restorer = shard.restorer();
  await journal.restore(restorer);
  const { router, dispatcher, mesh } = shard;
  const { log } = journal;
  const parts = { router, dispatcher, log, restorer, hasOthers: mesh !== null };
  const handOns = deliverLeft(restorer.left, parts);
  restorer.recordPlaces(log);
  restorer.removeMarks(log, journal instanceof SharedJournal ? journal.places : 1);
  restorer.finish();
  // What was on its way when the process ended is where it was to go, or still on its way.
  await journal.settled();
  mesh?.ready(handOns);
  if (restorer.refused > 0) {
    logger.warn("not everything in the store could be taken over", { refused: restorer.refused });
  }
  const { delayedMessages: delayed } = shard.statistics;
  if (shard.sessions.size === 0 && shard.retained.count === 0 && delayed === 0) return;
  logger.info("restored", {
    sessions: shard.sessions.size,
    subscriptions: shard.router.subscriptionCount,
    retained: shard.retained.count,
    delayed,
  });
}
