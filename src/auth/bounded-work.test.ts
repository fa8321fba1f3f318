import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { BoundedWork } from "./bounded-work.ts";

/** Tasks that end when the test says so. */
class Tasks {
  readonly started: string[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();

  task(name: string): () => Promise<string> {
    const end = Promise.withResolvers<void>();
    this.#ends.set(name, end);
    return async () => {
      this.started.push(name);
      await end.promise;
      return name;
    };
  }

  end(name: string): void {
    this.#ends.get(name)?.resolve();
  }

  fail(name: string): void {
    this.#ends.get(name)?.reject(new Error(name));
  }
}

/** The result of work that is not refused. */
async function done(result: Promise<string> | null): Promise<string> {
  return result ?? assert.fail("refused");
}

describe("bounded work", () => {
  it("runs no more than the limit at a time, the others in order of arrival", async () => {
    const work = new BoundedWork({ concurrentMax: 2, waitingMax: 10 });
    const tasks = new Tasks();
    const results = ["a", "b", "c", "d"].map((name) => done(work.run(tasks.task(name))));
    assert.deepEqual(tasks.started, ["a", "b"]);
    tasks.end("b");
    await results[1];
    tasks.end("c");
    await results[2];
    assert.deepEqual(tasks.started, ["a", "b", "c", "d"]);
    tasks.end("a");
    tasks.end("d");
    assert.deepEqual(await Promise.all(results), ["a", "b", "c", "d"]);
    assert.equal(work.size, 0);
  });

  it("refuses at once what would wait beyond the limit", async () => {
    const work = new BoundedWork({ concurrentMax: 1, waitingMax: 1 });
    const tasks = new Tasks();
    const kept = [done(work.run(tasks.task("a"))), done(work.run(tasks.task("b")))];
    assert.equal(work.run(tasks.task("c")), null);
    tasks.end("a");
    tasks.end("b");
    await Promise.all(kept);
    assert.equal(work.size, 0);
  });

  it("goes on after a task that fails", async () => {
    const work = new BoundedWork({ concurrentMax: 1, waitingMax: 1 });
    const tasks = new Tasks();
    const [failing, next] = [done(work.run(tasks.task("a"))), done(work.run(tasks.task("b")))];
    tasks.fail("a");
    await assert.rejects(failing, /a/);
    tasks.end("b");
    assert.equal(await next, "b");
  });
});
