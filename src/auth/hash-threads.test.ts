import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { test } from "node:test";
import { ManualClock } from "../base/mod.ts";
import { HashThreads } from "./hash-threads.ts";
import { hashPassword } from "./password-hash.ts";

const right = Buffer.from("open sesame");
const wrong = Buffer.from("open sesamE");
const slow = hashPassword(right, { kind: "scrypt", cost: 1024, blockSize: 8, parallelization: 1 });

/** The nicenesses that threads of this process have. Linux only. */
function nicenesses(): Set<number> {
  const values = new Set<number>();
  for (const id of readdirSync("/proc/self/task")) {
    const text = statusOf(id);
    // Behind the name, which stands in parentheses, niceness is the 17th of proc_pid_stat(5).
    if (text !== null) values.add(Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16]));
  }
  return values;
}

/** Null for a thread that has ended since it was listed. */
function statusOf(id: string): string | null {
  try {
    return readFileSync(`/proc/self/task/${id}/stat`, "latin1");
  } catch {
    return null;
  }
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

test("passwords are compared on threads, several at a time, and each gets its own answer", async () => {
  const threads = new HashThreads(new ManualClock());
  const fast = hashPassword(right, { kind: "digest", digest: "sha256" });
  const asked = [right, wrong, right, wrong].map((password, index) => {
    return threads.matches(password, index < 3 ? slow : fast);
  });
  assert.deepEqual(await Promise.all(asked), [true, false, true, false]);
  assert.equal(await threads.matches(right, slow), true);
  threads.close();
});

test(
  "on Linux the threads give way to the event loop, and end when nothing has been to do for a while",
  { skip: process.platform !== "linux" && "priorities are of a whole process here" },
  async () => {
    const clock = new ManualClock();
    const threads = new HashThreads(clock);
    const own = getPriority();
    await threads.matches(right, slow);
    assert.ok(nicenesses().has(Math.min(own + 10, 19)), `${[...nicenesses()].join()} of ${own}`);
    assert.equal(getPriority(), own);
    clock.advance(30_000);
    await until(() => !nicenesses().has(Math.min(own + 10, 19)));
    assert.equal(await threads.matches(right, slow), true);
    threads.close();
  },
);

test("what is hashed when it is closed is answered: not the password", async () => {
  const threads = new HashThreads(new ManualClock());
  const endless = { ...slow, hashing: { kind: "pbkdf2", digest: "sha256", iterations: 3_000_000 } as const };
  const answer = threads.matches(right, endless);
  threads.close();
  assert.equal(await answer, false);
});
