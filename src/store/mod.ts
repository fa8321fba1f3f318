/** What survives a connection, and later a restart: publications, retained messages, the journal of promises. */
<<<<<<< HEAD
export { type Cargo, type DelayedKey, EventLog, type QueuedEntry, safeHandle } from "./events/event-log.ts";
=======
export { type Cargo, EventLog, type QueuedEntry, safeHandle, type SessionMove } from "./events/event-log.ts";
>>>>>>> 586bde3 (Several shards: which of two connections came last is said by the clock, and what was on its way to a session that moves comes in front of what its new place recorded)
export { type Journal, type JournalStatistics, MemoryJournal } from "./journal.ts";
export { isDataFolder } from "./level/data-folder.ts";
export { LevelStore } from "./level/level-store.ts";
export { LocalJournal, type LocalJournalServices } from "./level/local-journal.ts";
export type { LocalJournalLimits } from "./level/store-writer.ts";
export { StoreWriter } from "./level/store-writer.ts";
export { SharedJournal, type SharedJournalParts } from "./ports/shared-journal.ts";
export type { FromStore, StorePort, ToStore } from "./ports/store-message.ts";
export { StoreServer } from "./ports/store-server.ts";
export { ThreadPort } from "./ports/thread-port.ts";
<<<<<<< HEAD
export type {
  QueueRequest,
  SessionMark,
  StoredDelayed,
  StoredMessage,
  StoredQueue,
  StoreVisitor,
  Transit,
=======
export {
  type QueueRequest,
  sequenceGap,
  type SessionMark,
  type StoredMessage,
  type StoredQueue,
  type StoreVisitor,
  type Transit,
>>>>>>> 586bde3 (Several shards: which of two connections came last is said by the clock, and what was on its way to a session that moves comes in front of what its new place recorded)
} from "./stored-message.ts";
export { LivePublication, Publication, type PublicationParts, type PublicationTopic } from "./publication.ts";
export {
  MemoryRetainedStore,
  type RetainedCursor,
  type RetainedLimits,
  type RetainedRefusal,
  type RetainedStore,
} from "./retained.ts";
