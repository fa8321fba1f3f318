import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { RawClient, type Target } from "../../test/kit/mod.ts";
import { createBroker, type EmbeddedBroker, type LogFields, type Logger, ManualClock, ReasonCode } from "../mod.ts";

const settings = { listeners: { mqtt: { addr: "127.0.0.1:0" } }, shards: 2 } as const;

/** Enough for the system to give each of two shards some. */
const crowd = 16;

async function started(): Promise<EmbeddedBroker> {
  const broker = createBroker(settings);
  await broker.start();
  return broker;
}

function targetOf(broker: EmbeddedBroker): Target {
  return { host: "127.0.0.1", port: broker.listeners[0]?.port ?? 0, adopt: () => {} };
}

async function clientsOf(broker: EmbeddedBroker): Promise<RawClient[]> {
  const names = Array.from({ length: crowd }, (_, index) => `c${index}`);
  const clients = await Promise.all(names.map((clientId) => RawClient.connected(targetOf(broker), 5, { clientId })));
  const { shards } = await broker.read();
  assert.ok(
    shards.every(({ connections }) => connections > 0),
    "all clients are on one shard",
  );
  return clients;
}

function closeAll(clients: readonly RawClient[]): void {
  for (const client of clients) client.close();
}

describe("a broker of two shards, for the program that has started it", () => {
  it("publishes to clients wherever they are", async () => {
    await using broker = await started();
    const clients = await clientsOf(broker);
    for (const client of clients) await client.subscribe("a", { qos: 1 });
    const properties = { contentType: "text", correlationData: Buffer.from([1, 2]) };
    assert.deepEqual(await broker.publish({ topic: "a", payload: "x", qos: 1, properties }), { outcome: "matched" });
    for (const client of clients) assert.equal((await client.receive()).payload.toString(), "x");
    assert.deepEqual(await broker.publish({ topic: "nobody" }), { outcome: "unmatched" });
    closeAll(clients);
  });

  it("receives what clients publish wherever they are, until it unsubscribes", async () => {
    await using broker = await started();
    await broker.publish({ topic: "t/kept", payload: "kept", retain: true });
    const seen: string[] = [];
    const all = Promise.withResolvers<void>();
    const subscription = await broker.subscribe("t/#", ({ payload }) => {
      seen.push(payload.toString());
      if (seen.length === crowd + 1) all.resolve();
    });
    const clients = await clientsOf(broker);
    await Promise.all(clients.map((client, index) => client.publishAcked(`t/${index}`, `${index}`)));
    await all.promise;
    const numbers = Array.from({ length: crowd }, (_, index) => `${index}`);
    assert.deepEqual(new Set(seen), new Set(["kept", ...numbers]));
    subscription.unsubscribe();
    closeAll(clients);
  });

  it("lists all clients, finds each, subscribes and disconnects it", async () => {
    await using broker = await started();
    const clients = await clientsOf(broker);
    const ids: string[] = [];
    for await (const { id } of broker.clients()) ids.push(id);
    assert.deepEqual(ids.toSorted(), clients.map(({ clientId }) => clientId).toSorted());
    for (const client of clients) {
      const { clientId } = client;
      assert.equal((await broker.client(clientId))?.peer.address, "127.0.0.1");
      assert.equal(await broker.subscribeClient(clientId, `own/${clientId}`), 0);
      await broker.publish({ topic: `own/${clientId}`, payload: "yours" });
      assert.equal((await client.receive()).payload.toString(), "yours");
      assert.equal(await broker.mayPublish(clientId, "t"), true);
      assert.equal(await broker.disconnectClient(clientId, { reason: "maintenance" }), true);
      await client.expectDisconnect(ReasonCode.administrativeAction);
    }
    assert.equal(await broker.client("c0"), null);
    assert.equal(await broker.disconnectClient("c0"), false);
    assert.equal(await broker.subscribeClient("c0", "a"), null);
    closeAll(clients);
  });

  it("is told of events on all shards", async () => {
    await using broker = await started();
    const ids = new Set<string>();
    const all = Promise.withResolvers<void>();
    using _ = broker.on("afterConnect", ({ client }) => {
      ids.add(client.id);
      if (ids.size === crowd) all.resolve();
    });
    // What is asked behind it is answered when all shards know that somebody listens.
    await broker.read();
    const clients = await clientsOf(broker);
    await all.promise;
    closeAll(clients);
  });

  it("throws at once what cannot be, as with one shard", async () => {
    await using broker = await started();
    assert.throws(() => broker.publish({ topic: "a/+" }), TypeError);
    assert.throws(() => broker.publish({ topic: "a", qos: 3 as 2 }), TypeError);
    assert.throws(() => broker.subscribe("a/#/b", () => {}), TypeError);
  });

  it("answers an action behind its end as refused", async () => {
    const broker = await started();
    await broker.stop();
    assert.equal(broker.state, "stopped");
    assert.deepEqual(await broker.publish({ topic: "a" }), { outcome: "refused" });
    assert.equal(await broker.client("c"), null);
  });

  it("says that an address is in use, though its shards share theirs", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    assert.ok(typeof address === "object" && address !== null);
    const broker = createBroker({ ...settings, listeners: { mqtt: { addr: `127.0.0.1:${address.port}` } } });
    await assert.rejects(broker.start(), { code: "address_in_use" });
    other.close();
  });
});

describe("several shards are refused, with the reason,", () => {
  for (const [what, services, reason] of [
    ["with hooks given as objects", { hooks: {} }, /name their module under `hooks`/],
    ["with a clock of the program", { clock: new ManualClock() }, /clock/],
  ] as const) {
    it(`${what}; auto then means one, and the log says why`, async () => {
      await assert.rejects(createBroker(settings, services).start(), {
        code: "config_invalid",
        message: reason,
      });
      const lines: string[] = [];
      const collect = (message: string, fields: LogFields = {}): void =>
        void lines.push(`${message} ${JSON.stringify(fields)}`);
      const logger: Logger = { debug() {}, info: collect, warn: collect, error: collect };
      await using broker = createBroker({ ...settings, shards: "auto" }, { ...services, logger });
      await broker.start();
      assert.equal((await broker.read()).shards.length, 1);
      assert.ok(availableParallelism() === 1 || lines.some((line) => reason.test(line)), lines.join("\n"));
    });
  }
});
