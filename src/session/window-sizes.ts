/** How many messages one call of a pump sends at most, so that one client does not hold up the others. */
export const pumpedMax: number = 256;

/** Messages in memory for a client that is away, where the store has them: the rest is read when it comes back. */
export const offlineMessagesMax: number = 8;

/** The same for a client that is there and does not take them fast enough. */
export const onlineMessagesMax: number = 1024;
