/** What waits in all sessions together. */
export interface QueuedTotals {
  readonly messages: number;
  /**
   * By `Publication.storedBytes`: a message that waits in several sessions counts in each, as each session's limit
   * does.
   */
  readonly bytes: number;
}

/** Sessions counted in one turn of the loop: well under a millisecond. */
const sessionsPerTurn = 4096;

/**
 * Adds up the queues of sessions without holding up the loop: a million take a few hundred turns. What comes and goes
 * meanwhile is counted or not; the publish path keeps no sum for it.
 */
export async function countQueued(
  sessions: Iterable<{ readonly queued: number; readonly queuedBytes: number }>,
): Promise<QueuedTotals> {
  let messages = 0;
  let bytes = 0;
  let counted = 0;
  for (const session of sessions) {
    messages += session.queued;
    bytes += session.queuedBytes;
    counted++;
    if (counted % sessionsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { messages, bytes };
}
