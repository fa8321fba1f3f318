import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RawClient, shardsUnderTest, temporaryFolder } from "../kit/mod.ts";
import { akasa, startAkasaProcess } from "./akasa-process.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const notAuthorized = 0x87;
const folder = temporaryFolder("access");

async function ruleFile(name: string, ...lines: readonly string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

scenario("rules of a file hold for publishes, filters and wills, by client identifier", async () => {
  const file = await ruleFile("own", "allow publish devices/%c/#", "allow subscribe devices/%c/cmd");
  await using broker = await startRunningBroker({ acl: { file, format: "akasa", default: "deny" } });
  const client = await RawClient.connected(broker, 5, { clientId: "seven" });
  assert.equal((await client.publishAcked("devices/seven/up", "x")).reasonCode, 0x10);
  const denied = await client.publishAcked("devices/eight/up", "x");
  assert.equal(denied.reasonCode, notAuthorized);
  assert.deepEqual((await client.subscribe("devices/seven/cmd")).reasonCodes, [0]);
  assert.deepEqual((await client.subscribe("devices/+/cmd")).reasonCodes, [notAuthorized]);
  const other = await RawClient.open(broker, 5);
  const connack = await other.connect({ clientId: "#", will: { topic: "devices/seven/up", payload: "gone" } });
  assert.equal(connack.reasonCode, notAuthorized);
});

for (const [answer, expected] of [
  ["ignore", "nothing"],
  ["acknowledge", "puback"],
  ["disconnect", "close"],
] as const) {
  scenario(`a 3.1.1 client that may not publish gets ${expected}, as denied_publish_v3: ${answer} says`, async () => {
    const file = await ruleFile(`v3-${answer}`, "allow publish open");
    const acl = { file, format: "akasa", default: "deny" } as const;
    await using broker = await startRunningBroker({ acl, denied_publish_v3: answer });
    const client = await RawClient.connected(broker, 4);
    client.publish("closed", "x", { qos: 1, packetId: 7 });
    if (answer === "disconnect") {
      assert.deepEqual(await client.expectClosed(), []);
    } else {
      await client.ping();
      const packets = client.drain().map(({ type }) => type);
      assert.deepEqual(packets, answer === "ignore" ? [] : ["puback"]);
    }
    assert.equal((await broker.broker.read()).statistics.messagesPublished, 0);
  });
}

scenario("SIGHUP brings new rules into force for clients that are connected, and the log says which", async () => {
  const file = await ruleFile("hup", "allow publish a");
  await using broker = await startAkasaProcess(`acl:\n  file: ${file}\n`);
  const client = await RawClient.connected({ ...broker, adopt: () => {} }, 5);
  assert.equal((await client.publishAcked("a", "x")).reasonCode, 0x10);
  assert.equal((await client.publishAcked("b", "x")).reasonCode, notAuthorized);
  await ruleFile("hup", "allow publish b");
  broker.signal("SIGHUP");
  await broker.line(/access rule comes.*allow publish b/);
  const shards = shardsUnderTest();
  for (let shard = 0; shard < shards; shard++) {
    await broker.line(shards === 1 ? /access file read again/ : new RegExp(`access file read again.* shard=${shard}`));
  }
  assert.equal((await client.publishAcked("a", "x")).reasonCode, notAuthorized);
  assert.equal((await client.publishAcked("b", "x")).reasonCode, 0x10);
  client.close();
});

scenario("a rule that goes takes with it what a live subscription received by it", async () => {
  const file = await ruleFile("live", "allow subscribe a/#", "allow publish a/#");
  await using broker = await startRunningBroker({ acl: { file, format: "akasa", default: "deny" } });
  const client = await RawClient.connected(broker, 5);
  await client.subscribe("a/#", { qos: 1 });
  await client.publishAcked("a/b", "one");
  assert.equal((await client.receive()).payload.toString(), "one");
  await ruleFile("live", "allow subscribe a/c", "allow publish a/#");
  await broker.broker.reload();
  await client.publishAcked("a/b", "two");
  await client.publishAcked("a/c", "three");
  assert.equal((await client.receive()).payload.toString(), "three");
});

scenario("akasa explain names the rule that decides, with file and line", async () => {
  const file = await ruleFile("explain", "allow publish a/# user=ann", "deny subscribe secret/#", "allow subscribe #");
  const config = join(folder, "explain.yaml");
  await writeFile(config, `acl:\n  file: ${file}\n`);
  const explain = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, output, errors } = await akasa("explain", ...args, "--config", config).finished;
    assert.deepEqual([exitCode, errors], [0, ""]);
    return output.trim();
  };
  const [publish, other, subscribe, connect] = await Promise.all([
    explain("publish", "--user", "ann", "--topic", "a/b"),
    explain("publish", "--topic", "a/b"),
    explain("subscribe", "--topic", "#"),
    explain("connect", "--client", "c"),
  ]);
  assert.equal(publish, `allowed by ${file}:1: allow publish a/# user=ann`);
  assert.equal(other, "denied: no rule speaks about it, and the default is deny");
  assert.equal(subscribe, `denied by ${file}:2: deny subscribe secret/#`);
  assert.equal(connect, "allowed: no rule denies it: who is authenticated may connect");
});

scenario("acl.default: deny holds without a file as well, and akasa explain says so", async () => {
  await using broker = await startRunningBroker({ acl: { default: "deny" } });
  const client = await RawClient.connected(broker, 5);
  assert.deepEqual((await client.subscribe("a")).reasonCodes, [notAuthorized]);
  assert.equal((await client.publishAcked("a", "x")).reasonCode, notAuthorized);
  const config = join(folder, "no-file.yaml");
  await writeFile(config, "acl:\n  default: deny\n");
  const { output } = await akasa("explain", "publish", "--topic", "a", "--config", config).finished;
  assert.equal(output.trim(), "denied: no rule speaks about it, and the default is deny");
});

scenario("a broken access file keeps the broker from starting, with exit code 78 and the line", async () => {
  const file = await ruleFile("broken", "allow publish a", "allow pubish b");
  const config = join(folder, "broken.yaml");
  await writeFile(config, `listeners:\n  mqtt:\n    addr: 127.0.0.1:0\nacl:\n  file: ${file}\n`);
  for (const command of [
    ["start", "--config", config],
    ["check-config", config],
  ]) {
    const { exitCode, errors } = await akasa(...command).finished;
    assert.equal(exitCode, 78);
    assert.match(errors, /line 2: "pubish": expected connect, publish/);
  }
});
