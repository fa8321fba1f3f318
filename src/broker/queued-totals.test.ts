import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countQueued } from "./queued-totals.ts";

describe("what waits in all sessions", () => {
  it("is the sum over them, however many they are, and the most that one has", async () => {
    const sessions = Array.from({ length: 10_000 }, (_, index) => ({ queued: index % 2, queuedBytes: 10 }));
    sessions[7000] = { queued: 30, queuedBytes: 5 };
    const expected = { messages: 5030, bytes: 99_995, messagesMax: 30, bytesMax: 10 };
    assert.deepEqual(await countQueued(sessions), expected);
  });

  it("is nothing where there are no sessions", async () => {
    assert.deepEqual(await countQueued([]), { messages: 0, bytes: 0, messagesMax: 0, bytesMax: 0 });
  });

  it("is counted a few thousand sessions at a time, and the loop turns in between", async () => {
    let turns = 0;
    const onTurn = (): void => {
      turns++;
      turning = setImmediate(onTurn);
    };
    let turning = setImmediate(onTurn);
    const turnsBefore: number[] = [];
    function* sessions(): Generator<{ queued: number; queuedBytes: number }> {
      for (let index = 0; index < 20_000; index++) {
        turnsBefore.push(turns);
        yield { queued: 0, queuedBytes: 0 };
      }
    }
    await countQueued(sessions());
    clearImmediate(turning);
    const inOneTurn = Map.groupBy(turnsBefore, (turn) => turn);
    for (const seen of inOneTurn.values()) assert.ok(seen.length <= 5000, `${seen.length} in one turn`);
  });
});
