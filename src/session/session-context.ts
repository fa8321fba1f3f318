import type { HookRunner } from "../hooks/mod.ts";
import type { ReadAhead } from "./read-ahead.ts";
import type { Session } from "./session.ts";
import type { SessionSettings } from "./settings.ts";
import type { Statistics } from "./statistics.ts";

/** What all sessions of a shard share. */
export interface SessionContext {
  readonly settings: SessionSettings;
  readonly statistics: Statistics;
  readonly hooks: HookRunner;
  /** Monotonic milliseconds of this turn. */
  readonly now: () => number;
  readonly readAhead: ReadAhead;
  /** Pumps the session once more has been committed. */
  readonly pumpWhenCommitted: (session: Session) => void;
  /** Messages that stood in the store could not be read. */
  readonly onUnreadable: (session: Session, error: unknown) => void;
  /** Runs when a session's timer is due. */
  readonly onTimer: (session: Session) => void;
}
