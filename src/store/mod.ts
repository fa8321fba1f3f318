/** What survives a connection, and later a restart: publications, retained messages, the journal of promises. */
export { type Journal, MemoryJournal } from "./journal.ts";
export { LivePublication, Publication, type PublicationParts, type PublicationTopic } from "./publication.ts";
export {
  MemoryRetainedStore,
  type RetainedCursor,
  type RetainedLimits,
  type RetainedRefusal,
  type RetainedStore,
} from "./retained.ts";
