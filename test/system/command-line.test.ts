import assert from "node:assert/strict";
import { mosquittoPub, mosquittoSub, RawClient, type Target } from "../kit/mod.ts";
import { akasa, type AkasaProcess, startAkasaProcess } from "./akasa-process.ts";
import { MqttJs } from "./mqttjs-client.ts";
import { passwordFile } from "./password-file.ts";
import { scenario } from "./scenario.ts";

function target({ host, port }: AkasaProcess, clients: RawClient[]): Target {
  return { host, port, adopt: (client) => void clients.push(client) };
}

for (const version of ["3.1", "3.1.1", "5"]) {
  scenario(`akasa sub shows what akasa pub sends through akasa start (MQTT ${version})`, async () => {
    await using broker = await startAkasaProcess();
    const where = ["-p", `${broker.port}`, "-V", version, "-q", "2", "-t"];
    // A retained message first, so that the line tells when the subscription stands.
    const kept = await akasa("pub", ...where, "greetings/kept", "-r", "-m", "waited").finished;
    assert.equal(kept.exitCode, 0, kept.errors);
    await using reader = akasa("sub", ...where, "greetings/#", "-v", "-C", "3");
    await reader.line(/^greetings\/kept waited$/);
    await using writer = akasa("pub", ...where, "greetings/input", "-s");
    writer.feed("from standard input");
    assert.equal((await writer.finished).exitCode, 0);
    const sent = await akasa("pub", ...where, "greetings/all", "-m", "hello").finished;
    assert.equal(sent.exitCode, 0, sent.errors);
    const { exitCode, output } = await reader.finished;
    assert.deepEqual(
      [exitCode, output],
      [0, "greetings/kept waited\ngreetings/input from standard input\ngreetings/all hello\n"],
    );
  });
}

scenario("akasa pub and sub talk with mosquitto's clients", async () => {
  await using broker = await startAkasaProcess();
  const port = ["-p", `${broker.port}`];
  await using theirs = mosquittoSub([
    ...port,
    "-d",
    "-V",
    "mqttv5",
    "-t",
    "a/#",
    "-q",
    "1",
    "-C",
    "1",
    "-F",
    "got %t %p",
  ]);
  await theirs.line(/Subscribed \(mid/);
  assert.equal((await akasa("pub", ...port, "-q", "1", "-t", "a/b", "-m", "to theirs").finished).exitCode, 0);
  await theirs.line(/got a\/b to theirs/);
  const kept = mosquittoPub([...port, "-V", "mqttv31", "-q", "1", "-r", "-t", "b", "-m", "to ours"]);
  assert.equal((await kept.finished).exitCode, 0);
  const { output } = await akasa("sub", ...port, "-t", "b", "-C", "1").finished;
  assert.equal(output, "to ours\n");
});

scenario(
  "a user that akasa insert-password adds is let in, and no more when akasa remove-password removed it",
  async () => {
    await using users = await passwordFile();
    const user = ["--path", users.path, "--username"];
    const insert = async (name: string, password: string): Promise<void> => {
      await using command = akasa("insert-password", ...user, name);
      command.feed(`${password}\n`);
      const { exitCode, errors } = await command.finished;
      assert.equal(exitCode, 0, errors);
    };
    await insert("ann", "secret");
    await insert("ben", "hidden");
    assert.equal((await akasa("remove-password", ...user, "ben").finished).exitCode, 0);
    await using broker = await startAkasaProcess(`auth:\n  enable: true\n  password_file: ${users.path}\n`);
    await using ann = await MqttJs.connected(broker, 5, { username: "ann", password: "secret" });
    await ann.client.publishAsync("a", "x", { qos: 1 });
    await assert.rejects(
      MqttJs.connected(broker, 5, { username: "ben", password: "hidden" }),
      /user ?name or password/i,
    );
  },
);

scenario(
  "akasa start stopped with SIGTERM tells its 5.0 clients 0x8B, closes the others, and ends with 0",
  async () => {
    await using broker = await startAkasaProcess();
    const clients: RawClient[] = [];
    const where = target(broker, clients);
    try {
      const five = await RawClient.connected(where, 5);
      const old = await RawClient.connected(where, 4);
      const stopped = broker.stop();
      await five.expectDisconnect(0x8b);
      assert.deepEqual(await old.expectClosed(), []);
      const { exitCode, errors } = await stopped;
      assert.deepEqual([exitCode, errors], [0, ""]);
    } finally {
      for (const client of clients) client.close();
    }
  },
);

scenario("a client that does not read cannot hold up the end of akasa start", async () => {
  await using broker = await startAkasaProcess("shutdown_timeout_seconds: 1\n");
  const clients: RawClient[] = [];
  const where = target(broker, clients);
  try {
    const frozen = await RawClient.connected(where, 5);
    await frozen.subscribe("load");
    frozen.pauseReading();
    const publisher = await RawClient.connected(where, 5);
    for (let count = 0; count < 200; count += 1) publisher.publish("load", Buffer.alloc(100_000));
    await publisher.ping();
    assert.equal((await broker.stop()).exitCode, 0);
  } finally {
    for (const client of clients) client.close();
  }
});
