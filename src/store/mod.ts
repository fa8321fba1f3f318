/** What survives a connection, and later a restart: publications, retained messages, the journal of promises. */
export {
  type Cargo,
  type DelayedKey,
  EventLog,
  type QueuedEntry,
  safeHandle,
  type SessionMove,
} from "./events/event-log.ts";
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
export {
  type QueueRequest,
  sequenceGap,
  type SessionMark,
  type StoredDelayed,
  type StoredMessage,
  type StoredQueue,
  type StoreVisitor,
  type Transit,
} from "./stored-message.ts";
export { StoredPage } from "./stored-page.ts";
export { LivePublication, Publication, type PublicationParts, type PublicationTopic } from "./publication.ts";
export {
  MemoryRetainedStore,
  type RetainedCursor,
  type RetainedLimits,
  type RetainedRefusal,
  type RetainedStore,
} from "./retained.ts";
