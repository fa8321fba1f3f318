import { rmSync } from "node:fs";
import { MessageChannel } from "node:worker_threads";
import { silentLogger, systemClock } from "../../base/mod.ts";
import { type Journal, MemoryJournal } from "../journal.ts";
import { LevelStore } from "../level/level-store.ts";
import { LocalJournal } from "../level/local-journal.ts";
import { StoreWriter } from "../level/store-writer.ts";
import { PacedPort, PacedWay } from "../fuzz/paced-ports.ts";
import { SharedJournal } from "../ports/shared-journal.ts";
import type { FromStore, StorePort, ToStore } from "../ports/store-message.ts";
import { StoreServer } from "../ports/store-server.ts";
import { ThreadPort } from "../ports/thread-port.ts";
import type { StoreVisitor } from "../stored-message.ts";
import { temporaryFolder } from "../../../test/kit/temporary-folder.ts";

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
  const path = temporaryFolder("journal");
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

/** A store that one shard shares with nobody, over a way that is like the one between threads. */
async function openShared(
  ports: () => readonly [StorePort<FromStore, ToStore>, StorePort<ToStore, FromStore>],
): Promise<OpenedJournal> {
  const folder = testFolder();
  const services = { pace: systemClock, logger: silentLogger };
  const writer = new StoreWriter(await LevelStore.open(folder.path), { storeBytesMax: 1e12 }, services);
  const server = new StoreServer(writer, 1);
  const [storeEnd, shardEnd] = ports();
  server.attach(0, storeEnd);
  const journal = new SharedJournal({ port: shardEnd, place: 0, clock: systemClock });
  await journal.restore(noVisitor);
  return {
    journal,
    async [Symbol.asyncDispose]() {
      await journal.close();
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

function threadPorts(): readonly [StorePort<FromStore, ToStore>, StorePort<ToStore, FromStore>] {
  const { port1, port2 } = new MessageChannel();
  return [new ThreadPort(port1), new ThreadPort(port2)];
}

/** Ports over which a message takes a turn of the loop. */
function slowPorts(): readonly [StorePort<FromStore, ToStore>, StorePort<ToStore, FromStore>] {
  const ways = [new PacedWay(), new PacedWay()] as const;
  for (const way of ways) way.onSent = () => void setImmediate(() => way.step());
  return PacedPort.pair<FromStore, ToStore>(ways);
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
  { name: "local, shared over a message port", open: () => openShared(threadPorts) },
  { name: "local, shared over a slow way", open: () => openShared(slowPorts) },
];
