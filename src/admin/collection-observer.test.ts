import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CollectionObserver } from "./collection-observer.ts";

describe("garbage collections", () => {
  it("are observed with their kind and duration", async () => {
    const { promise, resolve } = Promise.withResolvers<{ kind: string; seconds: number }>();
    const observer = new CollectionObserver((kind, seconds) => resolve({ kind, seconds }));
    let garbage: unknown[] = [];
    const produce = setInterval(() => {
      garbage = Array.from({ length: 200_000 }, (_, index) => ({ index }));
    }, 1);
    const { kind, seconds } = await promise;
    clearInterval(produce);
    observer.stop();
    assert.ok(["minor", "major", "incremental", "weakcb"].includes(kind));
    assert.ok(seconds > 0 && seconds < 60, `${seconds} s`);
    assert.ok(garbage.length >= 0);
  });
});
