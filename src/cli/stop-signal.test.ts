import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";

import { stopSignal } from "./stop-signal.ts";

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

describe("the signal to stop", () => {
  for (const name of ["SIGTERM", "SIGINT"]) {
    it(`is ${name}, and does not end the process by itself`, async () => {
      const source = new FakeProcess();
      const stopped = stopSignal(source);
      source.emit(name);
      assert.equal(await stopped, name);
      assert.deepEqual(source.exits, []);
    });
  }

  it("ends the process with an error when it comes a second time", async () => {
    const source = new FakeProcess();
    const stopped = stopSignal(source);
    source.emit("SIGTERM");
    source.emit("SIGINT");
    await stopped;
    assert.deepEqual(source.exits, [1]);
  });
});
