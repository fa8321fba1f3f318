import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type Admin, startAdmin } from "../../src/admin/mod.ts";
import { type Clock, ManualClock, systemClock } from "../../src/base/mod.ts";
import { type Broker, startBroker } from "../../src/broker/mod.ts";
import { createConfig } from "../../src/config/mod.ts";
import { dataFolderFor } from "./data-folder.ts";
import { type Family, parsePrometheus, series } from "./prometheus-text.ts";
import type { RawClient, Target } from "./raw-client.ts";
import type { ConfigOverrides } from "./start-akasa.ts";

/** A broker with its HTTP listener; both are stopped at the end of the test. */
export interface TestAdmin extends Target, AsyncDisposable {
  readonly broker: Broker;
  readonly admin: Admin;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** The body of /metrics, parsed. */
  scrape(): Promise<Map<string, Family>>;
  /** One value of a new scrape. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Moves the stopped clock on. */
  advance(milliseconds: number): Promise<void>;
}

/** Starts a broker in this process and its HTTP listener, both on free loopback ports. */
export async function startTestAdmin(
  overrides: ConfigOverrides = {},
  { manualClock = false }: { readonly manualClock?: boolean } = {},
): Promise<TestAdmin> {
  const listeners = { mqtt: { addr: "127.0.0.1:0" }, http: { addr: "127.0.0.1:0", ...overrides.listeners?.http } };
  const folder = dataFolderFor(overrides);
  const config = createConfig({ sys_interval_seconds: 0, ...folder.settings, ...overrides, listeners });
  const manual = manualClock ? new ManualClock() : null;
  const clock: Clock = manual ?? systemClock;
  const broker = await startBroker(config, { clock });
  const listener = config.listeners.http ?? assert.fail("no HTTP listener");
  const admin = await startAdmin({ listener, broker, nodeId: config.node_id, version: "1.2.3", clock });
  const url = `http://${admin.address}`;
  const clients = new Set<RawClient>();
  const scrape = async (): Promise<Map<string, Family>> => {
    const answer = await fetch(`${url}/metrics`);
    assert.equal(answer.status, 200);
    return parsePrometheus(await answer.text());
  };
  return {
    broker,
    admin,
    url,
    host: "127.0.0.1",
    port: broker.listeners[0]?.port ?? assert.fail("no MQTT listener"),
    adopt: (client) => void clients.add(client),
    scrape,
    async metric(name, labels) {
      const family = (await scrape()).get(name) ?? assert.fail(`${name} is not in /metrics`);
      return family.samples.get(series(name, labels)) ?? assert.fail(`${series(name, labels)} is not in /metrics`);
    },
    async advance(milliseconds) {
      assert.ok(manual !== null, "start with { manualClock: true } to move the time");
      manual.advance(milliseconds);
      await turn();
      await turn();
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await ended(broker.stop(), manual);
      await ended(admin.stop(), manual);
      folder.remove();
    },
  };
}

/** Waits; where the clock stands still, the time that a stop may take is over at once. */
async function ended(stop: Promise<void>, clock: ManualClock | null): Promise<void> {
  const progress = { done: false };
  const finished = stop.finally(() => {
    progress.done = true;
  });
  while (clock !== null && !progress.done) {
    await turn();
    clock.advance(1000);
  }
  await finished;
}
