import { describe } from "node:test";
import { journalKinds } from "./contract/journal-kind.ts";
import { keepsTickets } from "./contract/tickets.ts";

// What every journal promises. A new one is added to `journalKinds` and has to pass.
for (const kind of journalKinds) {
  describe(`a journal of the level ${kind.name}`, () => {
    keepsTickets(kind);
  });
}
