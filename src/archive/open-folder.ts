import { type Clock, silentLogger, systemClock, WorldError } from "../base/mod.ts";
import { isDataFolder, LevelStore, LocalJournal, type StoreVisitor } from "../store/mod.ts";

/**
 * A clock that stands, and whose monotonic time is the wall clock's: times of messages come and go as they stand in the
 * store.
 */
function standingClock(): Clock {
  const time = systemClock.wallTime();
  return { now: () => time, wallTime: () => time, after: (milliseconds, run) => systemClock.after(milliseconds, run) };
}

/**
 * Opens the data folder of a stopped broker and gives the visitor what it holds. To be closed.
 * @throws WorldError `file_missing` where there is no data folder; `store_locked` while a broker uses it;
 *   `store_damaged`, `store_too_new`
 */
export async function openFolder(path: string, visitor: StoreVisitor): Promise<LocalJournal> {
  if (!(await isDataFolder(path))) {
    throw new WorldError("file_missing", `${path}: is no data folder of Akasa's (it has no file FORMAT)`);
  }
  return open(path, visitor);
}

/**
 * Makes a data folder. To be closed.
 * @throws WorldError `file_unwritable`; `usage` where there is one already: nothing is mixed or written over
 */
export async function makeFolder(path: string): Promise<LocalJournal> {
  if (await isDataFolder(path)) {
    throw new WorldError("usage", `${path}: is a data folder already; import into a new one, or move this one away`);
  }
  return open(path, nobody);
}

async function open(path: string, visitor: StoreVisitor): Promise<LocalJournal> {
  const store = await LevelStore.open(path);
  const journal = new LocalJournal(
    store,
    { storeBytesMax: Number.POSITIVE_INFINITY },
    { clock: standingClock(), pace: systemClock, logger: silentLogger },
  );
  try {
    await journal.restore(visitor);
  } catch (error) {
    await journal.close();
    throw error;
  }
  return journal;
}

const nobody: StoreVisitor = {
  session: () => {},
  presence: () => {},
  subscription: () => {},
  will: () => {},
  received: () => {},
  queue: () => {},
  retained: () => {},
};
