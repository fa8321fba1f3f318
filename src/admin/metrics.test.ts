import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestAdmin } from "../../test/kit/admin-under-test.ts";
import { RawClient } from "../../test/kit/mod.ts";
import { parsePrometheus, series } from "../../test/kit/prometheus-text.ts";
import { metricChapters } from "./metrics.ts";

const metrics = metricChapters.flatMap((chapter) => chapter.metrics);

describe("GET /metrics", () => {
  it("answers in Prometheus' text format", async () => {
    await using admin = await startTestAdmin();
    const answer = await fetch(`${admin.url}/metrics`);
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    parsePrometheus(await answer.text());
  });

  it("shows every metric of the table, with its type and meaning, and no other", async () => {
    await using admin = await startTestAdmin();
    const shown = [...(await admin.scrape())].map(([name, { type, help }]) => ({ name, type, help }));
    assert.deepEqual(
      shown,
      metrics.map(({ name, type, help }) => ({ name, type, help })),
    );
  });

  it("shows every labelled value from the start, so that an alert sees it change", async () => {
    await using admin = await startTestAdmin();
    const families = await admin.scrape();
    for (const { name, type, labels } of metrics) {
      const [first, ...others] = Object.entries(labels);
      if (first === undefined || others.length > 0) continue;
      const [label, values] = first;
      const sample = type === "histogram" ? `${name}_count` : name;
      const missing = values.filter((value) => !families.get(name)?.samples.has(series(sample, { [label]: value })));
      assert.deepEqual(missing, [], name);
    }
  });

  it("says what is running", async () => {
    await using admin = await startTestAdmin({ node_id: "n7", transport: "node" });
    const labels = { version: "1.2.3", node_version: process.version, transport: "node", node_id: "n7" };
    assert.equal(await admin.metric("akasa_build_info", labels), 1);
  });

  it("says which transport runs, what was asked for, and why", async () => {
    await using admin = await startTestAdmin({ transport: "node" });
    const labels = { transport: "node", wanted: "node", reason: "as configured" };
    assert.equal(await admin.metric("akasa_transport_info", labels), 1);
  });

  it("keeps the brokers of one process apart", async () => {
    await using one = await startTestAdmin();
    await using other = await startTestAdmin();
    const client = await RawClient.connected(one, 5);
    await client.subscribe("a");
    for (const name of ["akasa_connections", "akasa_subscriptions", "akasa_connections_accepted_total"]) {
      assert.equal(await one.metric(name), 1, name);
      assert.equal(await other.metric(name), 0, name);
    }
  });

  it("does not count anything twice when it is asked twice", async () => {
    await using admin = await startTestAdmin();
    await RawClient.connected(admin, 4);
    for (const _ of [1, 2]) assert.equal(await admin.metric("akasa_packets_received_total", { type: "connect" }), 1);
  });

  it("serves several scrapers at the same time", async () => {
    await using admin = await startTestAdmin();
    const answers = await Promise.all(Array.from({ length: 20 }, () => admin.scrape()));
    for (const answer of answers) assert.equal(answer.size, metrics.length);
  });

  it("tells about the process", async () => {
    await using admin = await startTestAdmin();
    const families = await admin.scrape();
    const value = (name: string): number => families.get(name)?.samples.get(name) ?? assert.fail(name);
    assert.ok(value("process_resident_memory_bytes") > 10_000_000);
    assert.ok(value("nodejs_heap_size_used_bytes") <= value("nodejs_heap_size_total_bytes"));
    assert.ok(value("nodejs_external_memory_bytes") > 0);
    assert.ok(value("process_cpu_seconds_total") > 0);
    const age = Date.now() / 1000 - value("process_start_time_seconds");
    assert.ok(age > 0 && age < 3600, `${age} s old`);
    const loop = families.get("akasa_event_loop_seconds_total")?.samples;
    assert.ok((loop?.get(series("akasa_event_loop_seconds_total", { state: "active" })) ?? 0) > 0);
  });
});
