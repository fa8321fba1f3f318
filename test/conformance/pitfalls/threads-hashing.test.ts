import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type ConnectOptions,
  onlyAkasa,
  packets,
  pitfall,
  RawClient,
  shardsUnderTest,
  startTestBroker,
  temporaryFolder,
} from "../../kit/mod.ts";

const iterations = 700_000;
const badUserNameOrPassword = 0x86;

/** A password file with `quick`, whose hash costs no time, and `slow`, whose hash keeps a thread busy for long. */
async function quickAndSlow(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = temporaryFolder("users");
  const path = join(folder, "passwords");
  const salt = randomBytes(16);
  const quick = createHash("sha256").update("secret").update(salt).digest();
  // Nobody knows the password of this hash: checking it is work nevertheless.
  const slow = randomBytes(64);
  const lines = [
    `quick:sha256,${unpadded(salt)},${unpadded(quick)}`,
    `slow:sha512-pkbdf2,${iterations},${unpadded(salt)},${unpadded(slow)}`,
  ];
  await writeFile(path, `${lines.join("\n")}\n`, { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

const quick: ConnectOptions = { userName: "quick", password: "secret" };

pitfall("thread 22", "while passwords are hashed the connected clients and those who return are served", async () => {
  onlyAkasa("the password file is Akasa's");
  await using users = await quickAndSlow();
  await using broker = await startTestBroker({
    auth: { enable: true, password_file: users.path },
    // The hashes may take long on a busy machine: they are not what is measured.
    connect_timeout_seconds: 120,
  });
  const connected = await RawClient.connected(broker, 5, quick);
  await connected.subscribe("t", { qos: 1 });
  // Each shard remembers the passwords that it has seen.
  for (let shard = 1; shard < shardsUnderTest(); shard += 1) await RawClient.connected(broker, 5, quick);
  const knocking: RawClient[] = [];
  // More than the threads that hash: the last one waits for a thread.
  for (let number = 0; number < 4; number += 1) {
    const client = await RawClient.open(broker, 5);
    client.send(packets.connect({ version: 5, clientId: `knock ${number}`, userName: "slow", password: "guess" }));
    knocking.push(client);
  }
  await connected.ping();
  await connected.publishAcked("t", "x");
  assert.equal((await connected.receive()).payload.toString(), "x");
  const returning = await RawClient.connected(broker, 5, quick);
  await returning.ping();
  // As long as one of them still waits, passwords were hashed all the time.
  const waiting = knocking.filter((client) => !client.hasArrived);
  assert.ok(waiting.length > 0, "the hash was not slow enough to prove anything");
  for (const client of knocking) {
    assert.equal((await client.next("connack", { within: 50_000 })).reasonCode, badUserNameOrPassword);
  }
  await connected.ping();
});
