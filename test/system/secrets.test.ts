import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ConnectOptions, packets, prop, RawClient, type Target } from "../kit/mod.ts";
import { startAkasaProcess } from "./akasa-process.ts";
import { expectNoSecret } from "./expect-no-secret.ts";
import { passwordFile, passwordLine } from "./password-file.ts";
import { versions } from "./protocol-versions.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

/** Everything that must never be read in a log, as text and as the bytes of a malformed packet. */
const secrets = ["s3cret-password", "wr0ng-password", "t0p-payload", "f1nal-will", "pr1vate-property", "answ3r-data"];

/** Clients of all versions do all that has a secret in it, rightly and wrongly. */
async function exercise(broker: Target): Promise<void> {
  for (const version of versions) {
    const properties = version === 5 ? ([[prop.userProperty, ["name", "pr1vate-property"]]] as const) : [];
    const who: ConnectOptions = {
      clientId: `client${version}`,
      userName: "ann",
      password: "s3cret-password",
      will: { topic: "wills", payload: "f1nal-will", qos: 1, properties },
      properties,
    };
    const refused = await RawClient.open(broker, version);
    await refused.connect({ ...who, password: "wr0ng-password" });
    await refused.expectClosed();
    const broken = await RawClient.open(broker, version);
    broken.send(packets.connect({ ...who, version, surplus: Buffer.from("s3cret-password t0p-payload") }));
    await broken.expectClosed();
    const cutShort = await RawClient.open(broker, version);
    const whole = packets.connect({ ...who, version });
    cutShort.send(Buffer.concat([Buffer.from([0x10, whole.length - 12]), whole.subarray(2, whole.length - 10)]));
    await cutShort.expectClosed();

    const client = await RawClient.connected(broker, version, who);
    await client.subscribe("a/#", { qos: 2 });
    for (const qos of [1, 2]) {
      const publishing =
        version === 5
          ? { properties: [...properties, [prop.correlationData, Buffer.from("answ3r-data")] as const] }
          : {};
      await client.publishAcked("a/b", "t0p-payload", { qos, retain: true, ...publishing });
      await client.receive();
    }
    // Refused, malformed, too large, out of order: each with the payload in it.
    await client.publishAcked("$SYS/x", "t0p-payload", { qos: 1 });
    client.send(packets.publish({ version, topic: "a/#", payload: "t0p-payload" }));
    await client.expectClosed();
    for (const bad of [
      packets.publish({ version, topic: Buffer.from([0xff, 0xfe]), payload: "t0p-payload" }),
      packets.publish({ version, topic: "a", payload: "t0p-payload", qos: 3 }),
      packets.publish({ version, topic: "a", payload: `t0p-payload${"x".repeat(2_000_000)}` }),
      packets.connect({ ...who, version }),
      packets.frame(0x00, Buffer.from("t0p-payload")),
      packets.frame(0x40, Buffer.from("t0p-payload")),
    ]) {
      const breaker = await RawClient.connected(broker, version, who);
      breaker.send(bad);
      await breaker.expectClosed();
    }
    const taken = await RawClient.connected(broker, version, who);
    await RawClient.connected(broker, version, who);
    await taken.expectClosed();
  }
}

/** The log holds none of the secrets, and no hash of the password file. */
function expectNothingTold(log: string, passwordFilePath: string): void {
  const hash = readFileSync(passwordFilePath, "utf8").split(",").at(-1)?.trim() as string;
  expectNoSecret(log, secrets);
  assert.ok(!log.includes(hash.slice(0, 16)), "the log tells a password hash");
}

scenario("nothing that the broker logs, at any level, holds a payload or a password", async () => {
  await using users = await passwordFile(passwordLine("ann", "s3cret-password", "sha256-pkbdf2"));
  await using broker = await startRunningBroker({
    ...users.overrides,
    log_level: "debug",
    max_packet_size_server: 1_000_000,
  });
  await exercise(broker);
  assert.ok((await broker.logged()).length > 20, "the broker logged almost nothing; the test would prove nothing");
  assert.ok((await broker.logged()).some(({ level }) => level === "debug"));
  expectNothingTold(JSON.stringify(await broker.logged()), users.path);
});

for (const format of ["text", "json"]) {
  scenario(`akasa start with log_level debug and log_format ${format} prints no payload and no password`, async () => {
    await using users = await passwordFile(passwordLine("ann", "s3cret-password", "sha512"));
    const auth = `auth:\n  enable: true\n  password_file: ${users.path}\n`;
    await using broker = await startAkasaProcess(
      `${auth}max_packet_size_server: 1000000\nlog_level: debug\nlog_format: ${format}\n`,
    );
    const clients: RawClient[] = [];
    try {
      await exercise({ host: broker.host, port: broker.port, adopt: (client) => void clients.push(client) });
    } finally {
      for (const client of clients) client.close();
    }
    const { output, errors } = await broker.stop();
    assert.ok(output.split("\n").length > 20, "the broker logged almost nothing");
    expectNothingTold(output + errors, users.path);
  });
}
