import assert from "node:assert/strict";
import type { Logger, LogFields } from "../../../src/base/mod.ts";
import { type Broker, startBroker } from "../../../src/broker/mod.ts";
import { createConfig } from "../../../src/config/mod.ts";
import { type ConfigOverrides, onlyAkasa, packets, pitfall, RawClient, type Target } from "../../kit/mod.ts";
import { lasting } from "../lasting-session.ts";
import { refusal } from "../v5.0/expect-refused.ts";
import { userFile } from "../v5.0/user-file.ts";

// What the Rust original does wrong with counts, with its log and with packets that are too large.

const versions = [3, 4, 5] as const;

interface Observed extends Target, AsyncDisposable {
  readonly broker: Broker;
  /** Everything that was logged, one line each. */
  readonly lines: readonly string[];
}

/** Akasa in this process, with its numbers and its log in the test's hands. */
async function observed(overrides: ConfigOverrides = {}): Promise<Observed> {
  onlyAkasa("its log and its counts are looked at");
  const lines: string[] = [];
  const collect = (message: string, fields: LogFields = {}): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = { debug: collect, info: collect, warn: collect, error: collect };
  const config = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" } }, durability: "memory", ...overrides });
  const broker = await startBroker(config, { logger });
  const clients: RawClient[] = [];
  return {
    broker,
    lines,
    host: "127.0.0.1",
    port: broker.listeners[0]?.port ?? 0,
    adopt: (client) => void clients.push(client),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      await broker.stop();
    },
  };
}

/** The text stands in no line, neither as it is nor in a form that bytes are often printed in. */
function expectNowhere(lines: readonly string[], text: string): void {
  const bytes = Buffer.from(text);
  const forms = [text, bytes.toString("hex"), bytes.toString("base64"), [...bytes].join(","), [...bytes].join(", ")];
  for (const line of lines) for (const form of forms) assert.ok(!line.includes(form), line);
}

pitfall("original 12", "a take-over leaves one client and one session in the counts", async () => {
  await using target = await observed();
  for (const version of [5, 4, 3, 5, 5, 4] as const) {
    const client = await RawClient.connected(target, version, lasting("same"));
    await client.ping();
  }
  assert.equal((await target.broker.read()).gauges.sessions, 1);
  assert.equal((await target.broker.read()).statistics.clients, 1);
});

for (const [what, off, will] of [
  ["QoS", { max_allowed_qos: 0 }, { topic: "w", qos: 1 }],
  ["RETAIN", { retain_available: false }, { topic: "w", retain: true }],
] as const) {
  pitfall("original 13", `a client that is refused for the ${what} of its will leaves no session`, async () => {
    await using target = await observed(off);
    const hello = packets.connect({ version: 5, ...lasting("refused"), will });
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await refusal(target, hello))?.reasonCode, what === "QoS" ? 0x9b : 0x9a);
    }
    assert.equal((await target.broker.read()).gauges.sessions, 0);
    assert.equal((await target.broker.read()).statistics.clients, 0);
    const client = await RawClient.open(target, 5);
    assert.equal((await client.connect(lasting("refused"))).sessionPresent, false);
  });
}

pitfall("original 19", "a password is never logged, whether it is right or wrong", async () => {
  await using users = await userFile({ anna: "right-secret" });
  await using target = await observed(users.overrides);
  for (const version of versions) {
    const client = await RawClient.connected(target, version, { userName: "anna", password: "right-secret" });
    await client.disconnect();
    await refusal(
      target,
      packets.connect({ version, clientId: "c", userName: "anna", password: "wrong-secret" }),
      version,
    );
    const rest = { userName: "anna", password: "wrong-secret", surplus: packets.raw("00") };
    await refusal(target, packets.connect({ version, clientId: "c", ...rest }), version);
  }
  assert.ok(target.lines.length > 0, "the log was written");
  expectNowhere(target.lines, "right-secret");
  expectNowhere(target.lines, "wrong-secret");
});

pitfall("original 9", "a full queue does not print the message that it drops", async () => {
  await using target = await observed({ max_in_mem_pending_messages: 1 });
  const away = await RawClient.connected(target, 5, lasting("away"));
  await away.subscribe("a", { qos: 1 });
  await away.disconnect();
  const publisher = await RawClient.connected(target, 5);
  for (let count = 0; count < 10; count += 1) await publisher.publishAcked("a", "private-payload");
  await publisher.disconnect();
  assert.ok(target.lines.length > 0, "the log was written");
  expectNowhere(target.lines, "private-payload");
});

for (const version of versions) {
  pitfall(
    "original 21",
    `protocol ${version}: a packet that is too large is refused before its body came`,
    async () => {
      await using target = await observed();
      const client = await RawClient.connected(target, version);
      client.send(packets.raw("30 ff ff ff 7f"));
      await client.expectDisconnect(0x95);
      // As the first packet, too, when nobody knows who it is.
      const stranger = await RawClient.open(target, version);
      stranger.send(packets.raw("10 ff ff ff 7f"));
      await stranger.expectClosed();
    },
  );
}
