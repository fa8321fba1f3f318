import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PageMemory } from "./page-memory.ts";

describe("the memory of pages", () => {
  it("is used again where it is large enough", () => {
    const memory = new PageMemory();
    const page = memory.take(20_000);
    memory.giveBack(page);
    assert.notEqual(memory.take(page.buffer.byteLength + 1).buffer, page.buffer);
    assert.equal(memory.take(100).buffer, page.buffer);
  });

  it("is given to one at a time", () => {
    const memory = new PageMemory();
    memory.giveBack(memory.take(100));
    assert.notEqual(memory.take(100).buffer, memory.take(100).buffer);
  });

  it("is not kept without limit", () => {
    const memory = new PageMemory();
    const pages = Array.from({ length: 100 }, () => memory.take(1024 * 1024));
    for (const page of pages) memory.giveBack(page);
    const again = new Set(pages.map(() => memory.take(1024 * 1024).buffer));
    assert.ok(pages.filter(({ buffer }) => again.has(buffer)).length <= 4);
  });
});
