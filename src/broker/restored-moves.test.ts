import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { publicationOf } from "../session/fuzz/test-publication.ts";
import { openLocal, testFolder } from "../store/contract/journal-kind.ts";
import type { EventLog } from "../store/mod.ts";
import { DurableCluster } from "./fuzz/durable-cluster.ts";

const session = 1;
const lastAtOldPlace = 7;
/** As far behind as the new place leaves free. */
const arrivesBehind = lastAtOldPlace + 2 * 0x10_0000 + 1024;

function queued(log: EventLog, sequence: number, payload: string): void {
  const terms = { session, sequence, qos: 1, identifiers: null, shared: "", live: false, awaited: true } as const;
  Object.assign(log.entry, terms);
  log.queued(publicationOf("a", payload, 1));
}

function transit(log: EventLog, place: number, payload: string): void {
  log.transit([place], { what: 1, terms: Buffer.alloc(0), publication: publicationOf("a", payload, 1) });
}

/** What shard 0, to which the session moves from shard 1, has recorded when everything ends. */
function movingHere(log: EventLog): void {
  log.place = 0;
  log.mark(session, 1, { old: 1, new: 0, arrivesBehind });
}

describe("a session that was moving when the process ended", () => {
  for (const [name, record, expected] of [
    [
      "gets what was on its way to the old place in front of what the new place recorded",
      (log: EventLog): void => {
        queued(log, lastAtOldPlace, "1");
        transit(log, 1, "2");
        movingHere(log);
        queued(log, arrivesBehind + 1, "3");
      },
      ["1 qos1 #7 dup", "2 qos1 #8", "3"],
    ],
    [
      "the same where the old place had nothing left",
      (log: EventLog): void => {
        transit(log, 1, "1");
        movingHere(log);
        queued(log, arrivesBehind + 1, "2");
      },
      ["1 qos1 #8", "2"],
    ],
    [
      "gets what others sent to its new place, and not what they sent there before it was that",
      (log: EventLog): void => {
        log.place = 1;
        transit(log, 0, "for others");
        movingHere(log);
        transit(log, 1, "too late for the old place");
        log.place = 1;
        log.mark(session, 1, { old: 1, new: 0, arrivesBehind: 0 });
        transit(log, 0, "1");
      },
      ["1"],
    ],
  ] as const) {
    it(name, async () => {
      using folder = testFolder();
      {
        const journal = await openLocal(folder.path);
        const { log } = journal;
        log.place = 1;
        log.session(session, "c", 3600);
        log.presence(session, 1_700_000_000_000, lastAtOldPlace, 0);
        log.subscribed(session, "a", 1, 0);
        log.place = 0;
        record(log);
        await journal.close();
      }
      await using cluster = await DurableCluster.start({ folder: folder.path, shards: 2, seed: 1 });
      const client = await cluster.lasting(0, "c");
      const words = client.words();
      for (let turns = 0; words.length <= expected.length && turns < 100; turns++) {
        await cluster.settled();
        words.push(...client.words());
      }
      const told = words
        .slice(1)
        .map((word, index) => ((expected[index] ?? "").includes("#") ? word : word.split(" ")[0]));
      assert.deepEqual([words[0], ...told], ["connack present", ...expected]);
    });
  }
});
