import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { mosquittoPub, mosquittoSub, type RealClient, run, startTestBroker, temporaryFolder } from "../kit/mod.ts";
import type { Endpoint } from "./akasa-process.ts";
import { passwordFile, passwordLine } from "./password-file.ts";
import { scenario } from "./scenario.ts";
import { waysToStart } from "./ways-to-start.ts";

const clientVersions = ["mqttv31", "mqttv311", "mqttv5"] as const;
type ClientVersion = (typeof clientVersions)[number];

function where({ host, port }: Pick<Endpoint, "host" | "port">, version: ClientVersion): string[] {
  return ["-h", host, "-p", `${port}`, "-V", version];
}

/** Runs mosquitto_pub to its end; it must succeed. */
async function publish(broker: Endpoint, version: ClientVersion, ...argv: readonly string[]): Promise<void> {
  const { exitCode, errors } = await mosquittoPub([...where(broker, version), ...argv]).finished;
  assert.equal(exitCode, 0, errors);
}

/** Starts mosquitto_sub and waits until it is subscribed. The lines of messages begin with `got`. */
async function subscribed(broker: Endpoint, version: ClientVersion, ...argv: readonly string[]): Promise<RealClient> {
  const client = mosquittoSub([...where(broker, version), "-d", "-F", "got %t %q %r %p", ...argv]);
  await client.line(/Subscribed \(mid/);
  return client;
}

/** The lines of messages that a mosquitto_sub printed in its life. */
async function messagesOf(client: RealClient): Promise<string[]> {
  const { exitCode, output } = await client.finished;
  assert.equal(exitCode, 0, output);
  return output.split("\n").flatMap((line) => (line.startsWith("got ") ? [line.slice(4)] : []));
}

for (const [startName, start] of waysToStart) {
  for (const version of clientVersions) {
    scenario(`mosquitto_pub reaches mosquitto_sub at QoS 0, 1 and 2 (${version}, ${startName})`, async () => {
      await using broker = await start();
      await using reader = await subscribed(broker, version, "-t", "greetings/#", "-q", "2", "-C", "3");
      for (const qos of ["0", "1", "2"]) {
        await publish(broker, version, "-t", `greetings/${qos}`, "-q", qos, "-m", `hello ${qos}`);
      }
      assert.deepEqual(await messagesOf(reader), [
        "greetings/0 0 0 hello 0",
        "greetings/1 1 0 hello 1",
        "greetings/2 2 0 hello 2",
      ]);
    });
  }
}

for (const version of clientVersions) {
  for (const other of clientVersions) {
    if (other === version) continue;
    scenario(`a message of a ${version} mosquitto_pub reaches a ${other} mosquitto_sub`, async () => {
      await using broker = await startTestBroker();
      await using reader = await subscribed(broker, other, "-t", "a/+", "-q", "1", "-C", "1");
      await publish(broker, version, "-t", "a/b", "-q", "2", "-m", "across versions");
      assert.deepEqual(await messagesOf(reader), ["a/b 1 0 across versions"]);
    });
  }

  scenario(`a retained message waits for mosquitto_sub until it is removed (${version})`, async () => {
    await using broker = await startTestBroker();
    await publish(broker, version, "-t", "kept", "-q", "1", "-r", "-m", "still here");
    const late = await subscribed(broker, version, "-t", "kept", "-q", "1", "-C", "1");
    assert.deepEqual(await messagesOf(late), ["kept 1 1 still here"]);
    await publish(broker, version, "-t", "kept", "-q", "1", "-r", "-n");
    await using later = await subscribed(broker, version, "-t", "kept", "-q", "1", "-C", "1");
    await publish(broker, version, "-t", "kept", "-q", "1", "-m", "live");
    assert.deepEqual(await messagesOf(later), ["kept 1 0 live"]);
  });

  scenario(
    `the will of a mosquitto_sub that is killed is published, of one that ends it is not (${version})`,
    async () => {
      await using broker = await startTestBroker();
      await using watcher = await subscribed(broker, version, "-t", "wills/#", "-q", "1", "-C", "2");
      const will = (name: string): string[] => [
        "--will-topic",
        `wills/${name}`,
        "--will-payload",
        "gone",
        "--will-qos",
        "1",
      ];
      await using polite = await subscribed(broker, version, "-t", "x", "-C", "1", ...will("polite"));
      await publish(broker, version, "-t", "x", "-m", "enough");
      await messagesOf(polite);
      // The shell becomes the client, so that the test knows the number of its process.
      const command = 'echo "pid $$"; exec /usr/bin/mosquitto_sub "$@"';
      const argv = [...where(broker, version), "-d", "-t", "x", ...will("killed")];
      await using victim = run("/usr/bin/stdbuf", ["-oL", "/bin/sh", "-c", command, "sh", ...argv]);
      await victim.line(/Subscribed \(mid/);
      process.kill(Number((await victim.line(/^pid /)).slice(4)), "SIGKILL");
      await watcher.line(/got wills\/killed 1 0 gone/);
      await publish(broker, version, "-t", "wills/end", "-q", "1", "-m", "end");
      assert.deepEqual(await messagesOf(watcher), ["wills/killed 1 0 gone", "wills/end 1 0 end"]);
    },
  );

  scenario(`messages wait for a mosquitto_sub with a persistent session, in their order (${version})`, async () => {
    await using broker = await startTestBroker();
    const session = ["-c", "-i", "lasting", "-t", "queue", "-q", "2"];
    const first = await subscribed(broker, version, ...session, "-E");
    assert.deepEqual(await messagesOf(first), []);
    for (const number of ["1", "2", "3"]) await publish(broker, version, "-t", "queue", "-q", "2", "-m", number);
    await using second = mosquittoSub([...where(broker, version), "-F", "got %t %q %r %p", ...session, "-C", "3"]);
    assert.deepEqual(await messagesOf(second), ["queue 2 0 1", "queue 2 0 2", "queue 2 0 3"]);
  });

  scenario(`mosquitto_pub gets in with the right password only, and says why it does not (${version})`, async () => {
    await using users = await passwordFile(passwordLine("ann", "secret", "sha256"));
    await using broker = await startTestBroker(users.overrides);
    const message = ["-t", "a", "-q", "1", "-m", "x", "-u", "ann"];
    await publish(broker, version, ...message, "-P", "secret");
    const refused = await mosquittoPub([...where(broker, version), ...message, "-P", "wrong"]).finished;
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.errors, /bad user ?name or password|not authori[sz]ed/i);
  });

  scenario(`a thousand lines of mosquitto_pub -l arrive in order, each once, at QoS 2 (${version})`, async () => {
    await using broker = await startTestBroker();
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
    await using reader = await subscribed(broker, version, "-t", "lines", "-q", "2", "-C", "1000");
    await using writer = mosquittoPub([...where(broker, version), "-t", "lines", "-q", "2", "-l"]);
    writer.feed(`${lines.join("\n")}\n`);
    assert.equal((await writer.finished).exitCode, 0);
    assert.deepEqual(
      await messagesOf(reader),
      lines.map((line) => `lines 2 0 ${line}`),
    );
  });
}

scenario("mosquitto clients talk through a Unix socket", async () => {
  const folder = temporaryFolder("unix");
  const path = join(folder, "mqtt.sock");
  try {
    await using _broker = await startTestBroker({ listeners: { mqtt: { addr: `unix:${path}` } } });
    await using reader = mosquittoSub(["--unix", path, "-d", "-F", "got %t %q %r %p", "-t", "a", "-q", "1", "-C", "1"]);
    await reader.line(/Subscribed \(mid/);
    const { exitCode, errors } = await mosquittoPub(["--unix", path, "-t", "a", "-q", "1", "-m", "local"]).finished;
    assert.equal(exitCode, 0, errors);
    assert.deepEqual(await messagesOf(reader), ["a 1 0 local"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

scenario("what mosquitto_pub says about a 5.0 message reaches mosquitto_sub unchanged", async () => {
  await using broker = await startTestBroker();
  const format = ["-F", "got %t %C %R %D %F %P %p"];
  await using reader = await subscribed(broker, "mqttv5", "-t", "a", ...format, "-C", "1");
  const properties: [string, ...string[]][] = [
    ["content-type", "text/plain"],
    ["response-topic", "answers"],
    ["correlation-data", "number-7"],
    ["payload-format-indicator", "1"],
    ["user-property", "name", "value"],
  ];
  await publish(
    broker,
    "mqttv5",
    "-t",
    "a",
    "-m",
    "told",
    ...properties.flatMap((words) => ["-D", "publish", ...words]),
  );
  assert.deepEqual(await messagesOf(reader), ["a text/plain answers number-7 1 name:value told"]);
});

scenario("mosquitto_sub members of a shared group get each message once between them", async () => {
  await using broker = await startTestBroker();
  const count = 40;
  const members = [
    await subscribed(broker, "mqttv5", "-t", "$share/group/jobs", "-t", "end", "-q", "1"),
    await subscribed(broker, "mqttv311", "-t", "$share/group/jobs", "-t", "end", "-q", "1"),
  ];
  for (let number = 0; number < count; number += 1) {
    await publish(broker, number % 2 === 0 ? "mqttv5" : "mqttv31", "-t", "jobs", "-q", "1", "-m", `job ${number}`);
  }
  await publish(broker, "mqttv311", "-t", "end", "-q", "1", "-m", "end");
  const got: string[] = [];
  for (const member of members) {
    await member.line(/got end 1 0 end/);
    await member.stop();
    const { output } = await member.finished;
    got.push(...output.split("\n").filter((line) => line.startsWith("got jobs")));
  }
  const expected = Array.from({ length: count }, (_, number) => `got jobs 1 0 job ${number}`);
  assert.deepEqual(got.toSorted(), expected.toSorted());
});
