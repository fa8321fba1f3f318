/** What waits in all sessions together. */
export interface QueuedTotals {
  readonly messages: number;
  /**
   * By `Publication.storedBytes`: a message that waits in several sessions counts in each, as each session's limit
   * does.
   */
  readonly bytes: number;
  /** Messages of the session that has the most, for which max_in_mem_pending_messages is a limit. */
  readonly messagesMax: number;
  /** Bytes of the session that has the most, for which max_queued_bytes_per_session is a limit. */
  readonly bytesMax: number;
}

/** Nothing waits, or nobody has looked. */
export const noneQueued: QueuedTotals = Object.freeze({ messages: 0, bytes: 0, messagesMax: 0, bytesMax: 0 });

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
  let messagesMax = 0;
  let bytesMax = 0;
  let counted = 0;
  for (const session of sessions) {
    const { queued, queuedBytes } = session;
    messages += queued;
    bytes += queuedBytes;
    messagesMax = Math.max(messagesMax, queued);
    bytesMax = Math.max(bytesMax, queuedBytes);
    counted++;
    if (counted % sessionsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { messages, bytes, messagesMax, bytesMax };
}
