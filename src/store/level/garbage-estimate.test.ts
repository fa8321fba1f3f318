import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GarbageEstimate } from "./garbage-estimate.ts";

const megabyte = 1024 * 1024;

describe("when the files of the store are merged", () => {
  it("is a second after a backlog was drained, and once", () => {
    const estimate = new GarbageEstimate();
    estimate.changed(1000, 0);
    assert.equal(estimate.isDue(100 * megabyte, false), false);
    estimate.deleted(600);
    assert.equal(estimate.isDue(100 * megabyte, false), false, "while entries are deleted");
    assert.equal(estimate.isDue(100 * megabyte, false), true);
    assert.equal(estimate.isDue(100 * megabyte, false), false);
  });

  it("is not for a small part of the store, however many entries that is", () => {
    const estimate = new GarbageEstimate();
    estimate.found(10_000_000);
    estimate.deleted(1_000_000);
    estimate.isDue(10_000 * megabyte, false);
    assert.equal(estimate.isDue(10_000 * megabyte, false), false);
    estimate.deleted(2_000_000);
    estimate.isDue(10_000 * megabyte, false);
    assert.equal(estimate.isDue(10_000 * megabyte, false), true);
  });

  it("is not for a store of a few kilobytes", () => {
    const estimate = new GarbageEstimate();
    estimate.changed(100, 100);
    estimate.isDue(50_000, false);
    assert.equal(estimate.isDue(50_000, false), false);
  });

  it("does not wait for the end of deleting where there is no room, or where nearly all of the store is garbage", () => {
    const full = new GarbageEstimate();
    full.changed(1000, 500);
    assert.equal(full.isDue(100 * megabyte, true), true);
    const turning = new GarbageEstimate();
    turning.changed(1_000_000, 999_999);
    assert.equal(turning.isDue(1000 * megabyte, false), true);
  });
});
