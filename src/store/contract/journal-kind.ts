import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "../../base/mod.ts";
import { type Journal, MemoryJournal } from "../journal.ts";
import { LevelStore } from "../level/level-store.ts";
import { LocalJournal } from "../level/local-journal.ts";
import type { StoreVisitor } from "../stored-message.ts";

/** An engine under test, and what is to be deleted afterwards. */
export interface OpenedJournal extends AsyncDisposable {
  readonly journal: Journal;
}

/** A kind of journal that has to keep what every journal promises. */
export interface JournalKind {
  readonly name: string;

  open(): Promise<OpenedJournal>;
}

/** A visitor that takes nothing. */
export const noVisitor: StoreVisitor = {
  session: () => {},
  presence: () => {},
  subscription: () => {},
  will: () => {},
  received: () => {},
  queue: () => {},
  retained: () => {},
};

/** A folder for one test. */
export function testFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "akasa-journal-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Opens the journal of the level `local`, with everything it holds read. */
export async function openLocal(path: string, visitor: StoreVisitor = noVisitor): Promise<LocalJournal> {
  const store = await LevelStore.open(path);
  const journal = new LocalJournal(store, { storeBytesMax: 1e12 }, { clock: systemClock, logger: silentLogger });
  try {
    await journal.restore(visitor);
  } catch (error) {
    await journal.close();
    throw error;
  }
  return journal;
}

/** Every journal that there is; a new one is added here. */
export const journalKinds: readonly JournalKind[] = [
  {
    name: "memory",
    open: () => {
      const journal = new MemoryJournal();
      return Promise.resolve({ journal, [Symbol.asyncDispose]: () => journal.close() });
    },
  },
  {
    name: "local",
    open: async () => {
      const folder = testFolder();
      const journal = await openLocal(folder.path);
      return {
        journal,
        async [Symbol.asyncDispose]() {
          await journal.close();
          folder[Symbol.dispose]();
        },
      };
    },
  },
];
