import assert from "node:assert/strict";
import { it } from "node:test";
import type { Journal } from "../journal.ts";
import type { JournalKind } from "./journal-kind.ts";

/** Resolves when the journal says that more is safe. */
function committed(journal: Journal): Promise<void> {
  return new Promise((resolve) => {
    journal.onCommitted = resolve;
  });
}

/** What is promised about acknowledgements that wait. */
export function keepsTickets({ open }: JournalKind): void {
  it("lets nothing wait that recorded nothing", async () => {
    await using opened = await open();
    const { journal } = opened;
    journal.begin();
    assert.ok(journal.ticket <= journal.committed);
    assert.ok(journal.pending <= journal.committed);
    journal.commit();
    await journal.settled();
  });

  it("holds back what was recorded until it is safe, and nothing that comes after it and recorded nothing", async () => {
    await using opened = await open();
    const { journal } = opened;
    journal.begin();
    journal.log?.session(++journal.log.lastSession, "c", 100);
    const { ticket } = journal;
    if (journal.log !== null) assert.ok(ticket > journal.committed);
    journal.begin();
    assert.ok(journal.ticket <= journal.committed);
    const done = committed(journal);
    journal.commit();
    if (journal.log !== null) await done;
    assert.ok(ticket <= journal.committed);
    assert.ok(journal.pending <= journal.committed);
  });

  it("has made everything safe when it is closed", async () => {
    await using opened = await open();
    const { journal } = opened;
    journal.begin();
    journal.log?.session(++journal.log.lastSession, "c", 100);
    const { ticket } = journal;
    await journal.close();
    assert.ok(ticket <= journal.committed);
  });

  it("groups what comes while it writes: many turns, few commits", async () => {
    await using opened = await open();
    const { journal } = opened;
    for (let turn = 0; turn < 200; turn++) {
      journal.begin();
      journal.log?.session(1 + turn, `c${turn}`, 100);
      journal.commit();
    }
    await journal.settled();
    assert.ok(journal.statistics.commits <= 2, `${journal.statistics.commits} commits`);
  });
}
