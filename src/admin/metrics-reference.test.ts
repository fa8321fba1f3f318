import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { startTestAdmin } from "../../test/kit/admin-under-test.ts";
import { metricsReference } from "./mod.ts";

const committed = readFileSync(new URL("../../docs/reference/metrics.md", import.meta.url), "utf8");
const guide = readFileSync(new URL("../../docs/guide/monitoring.md", import.meta.url), "utf8");

/** Names of metrics in a text, without what Prometheus appends to those of histograms. */
function namesIn(text: string): Set<string> {
  const names = text.match(/\b(?:akasa|process|nodejs)_[a-z_]+[a-z]/g) ?? [];
  return new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")));
}

describe("docs/reference/metrics.md", () => {
  it("is what the table of metrics says; npm run docs writes it anew", () => {
    assert.equal(committed, metricsReference());
  });

  it("names exactly what /metrics answers, each with its type", async () => {
    await using admin = await startTestAdmin();
    const served = [...(await admin.scrape())].map(([name, { type }]) => `${name} ${type}`);
    const rows = committed.matchAll(/^\| `(?<name>[a-z_]+)` \| (?<type>[a-z]+) \|/gm);
    const documented = [...rows].map(({ groups }) => `${groups?.["name"]} ${groups?.["type"]}`);
    assert.deepEqual(documented, served);
  });
});

describe("docs/guide/monitoring.md", () => {
  it("names only metrics that there are", () => {
    const known = namesIn(committed);
    const unknown = [...namesIn(guide)].filter((name) => !known.has(name));
    assert.deepEqual(unknown, []);
  });
});
