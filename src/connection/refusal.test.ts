import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../auth/mod.ts";
import type { LogFields } from "../base/mod.ts";
import { silentLogger } from "../base/mod.ts";
import { MemoryBroker } from "../broker/fuzz/memory-broker.ts";
import { ReasonCode } from "../protocol/mod.ts";

/** A broker whose authenticator always says the same, and what it logs at debug. */
function brokerThatSays(verdict: Verdict): { broker: MemoryBroker; lines: (LogFields & { message: string })[] } {
  const lines: (LogFields & { message: string })[] = [];
  const logger = {
    ...silentLogger,
    debugEnabled: true,
    debug: (message: string, fields: LogFields = {}) => void lines.push({ message, ...fields }),
  };
  const authenticator = { authenticate: () => verdict, close: () => {} };
  return { broker: new MemoryBroker({}, { authenticator, logger }), lines };
}

test("a refused client is logged with identifier, address, listener and reason, and its password is not", async () => {
  const reason = "the token has expired";
  const { broker, lines } = brokerThatSays({ kind: "refused", reasonCode: ReasonCode.notAuthorized, reason });
  await using stopping = broker;
  const client = stopping.stream();
  client.connect("device", { userName: "ann", password: Buffer.from("s3cret") });
  await broker.settled();
  assert.deepEqual(client.words(), ["refused 135"]);
  const line = lines.find(({ message }) => message === "client refused");
  assert.equal(line?.["clientId"], "device");
  assert.equal(line["listener"], "memory");
  assert.equal(line["reason"], reason);
  assert.match(String(line["address"]), /^memory/);
  assert.ok(!JSON.stringify(lines).includes("s3cret"));
});

test("a client that no authenticator knows is refused as one with a wrong password is", async () => {
  await using broker = brokerThatSays({ kind: "unknown" }).broker;
  const client = broker.stream();
  client.connect("c", { userName: "eve" });
  await broker.settled();
  assert.deepEqual(client.words(), ["refused 134"]);
});

test("a connection knows what its client has proved", async () => {
  await using broker = brokerThatSays({ kind: "accepted", userName: "ann", groups: ["staff"] }).broker;
  const client = broker.stream();
  client.connect("c");
  await broker.settled();
  const [connection] = broker.shard.context.connections;
  assert.equal(connection?.identity.userName, "ann");
  assert.deepEqual(connection.identity.groups, ["staff"]);
  assert.equal(connection.entrance.name, "memory");
});
