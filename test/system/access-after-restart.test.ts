import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dropReasonNames } from "../../src/session/mod.ts";
import { RawClient, temporaryFolder } from "../kit/mod.ts";
import { lasting } from "./lasting.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

interface Durable {
  /** The same sessions each time; the rules are those that `rules` wrote last. */
  start(): Promise<RunningBroker>;
  rules(...lines: readonly string[]): void;
}

function durable(): Durable {
  const folder = temporaryFolder("access-restart");
  const file = join(folder, "rules");
  return {
    start: () => {
      const acl = { file, format: "akasa", default: "deny" } as const;
      return startRunningBroker({ acl, durability: "local", data_dir: join(folder, "data") });
    },
    rules: (...lines) => writeFileSync(file, `${lines.join("\n")}\n`),
  };
}

async function payloads(client: RawClient, count: number): Promise<string[]> {
  const received: string[] = [];
  for (let number = 0; number < count; number++) received.push((await client.receive()).payload.toString());
  await client.expectNothing();
  return received;
}

const denied = dropReasonNames.indexOf("denied");
const topics = ["a/open", "a/secret", "a/open/too"];
const everything = ["allow publish a/#", "allow subscribe a/#"];
const withoutSecret = ["deny receive a/secret client=reader", ...everything];

scenario("what waits for a client that is away since before a restart is judged when it returns", async () => {
  const { start, rules } = durable();
  rules(...everything);
  {
    await using broker = await start();
    const reader = await RawClient.connected(broker, 5, lasting(5, "reader"));
    await reader.subscribe("a/#", { qos: 1 });
    await reader.disconnect();
  }
  rules(...withoutSecret);
  await using broker = await start();
  const publisher = await RawClient.connected(broker, 5);
  for (const topic of topics) await publisher.publishAcked(topic, topic);
  const reader = await RawClient.connected(broker, 5, lasting(5, "reader"));
  assert.deepEqual(await payloads(reader, 2), ["a/open", "a/open/too"]);
  assert.equal((await broker.broker.read()).statistics.messagesDropped[denied], 1);
});

scenario(
  "of a shared group too: nobody is known to be denied before it returns, and then gets nothing denied",
  async () => {
    const { start, rules } = durable();
    rules(...everything);
    {
      await using broker = await start();
      const reader = await RawClient.connected(broker, 5, lasting(5, "reader"));
      await reader.subscribe("$share/g/a/#", { qos: 1 });
      await reader.disconnect();
    }
    rules(...withoutSecret);
    await using broker = await start();
    const other = await RawClient.connected(broker, 5);
    await other.subscribe("$share/g/a/#", { qos: 1 });
    const publisher = await RawClient.connected(broker, 5);
    for (const topic of topics) await publisher.publishAcked(topic, topic);
    // Who is connected comes first; the others keep what comes while nobody is.
    assert.deepEqual(await payloads(other, 3), topics);
    await other.disconnect();
    for (const topic of topics) await publisher.publishAcked(topic, topic);
    const reader = await RawClient.connected(broker, 5, lasting(5, "reader"));
    assert.deepEqual(await payloads(reader, 2), ["a/open", "a/open/too"]);
  },
);

scenario("messages that were queued before a restart, by rules of then, are judged by those of now", async () => {
  const { start, rules } = durable();
  rules(...everything);
  {
    await using broker = await start();
    const reader = await RawClient.connected(broker, 5, lasting(5, "reader"));
    await reader.subscribe("a/#", { qos: 1 });
    await reader.disconnect();
    const publisher = await RawClient.connected(broker, 5);
    for (const topic of topics) await publisher.publishAcked(topic, topic);
  }
  rules(...withoutSecret);
  await using broker = await start();
  const reader = await RawClient.connected(broker, 5, lasting(5, "reader"));
  assert.deepEqual(await payloads(reader, 2), ["a/open", "a/open/too"]);
});
