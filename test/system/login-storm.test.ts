import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { systemClock } from "../../src/base/mod.ts";
import { LoginStorm, stormUsers } from "../kit/login-storm.ts";
import { RawClient, shardsUnderTest, SkipTest } from "../kit/mod.ts";
import { passwordFile } from "./password-file.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const clients = 5000;
/** Both ends of each connection, and what a process has besides. */
const descriptors = 2 * clients + 200;
const waitingMax = 1000;

scenario(
  "5000 clients that come back at once, each with a password to hash, are all admitted while others are served",
  async () => {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (Number(limit) < descriptors) throw new SkipTest(`needs ${descriptors} open files, and may have ${limit}`);
    // Cheap hashes, so that the test is over soon; bench/login-storm.ts measures the ones that are written by default.
    await using users = await passwordFile(...stormUsers(clients, [128, 8, 1]));
    await using broker = await startRunningBroker({
      listeners: { mqtt: [{ addr: "127.0.0.1:0", allow_anonymous: true }] },
      auth: { enable: true, password_file: users.path },
      max_waiting_authentications: waitingMax,
    });
    const bystander = await RawClient.connected(broker, 4);
    await bystander.subscribe("a", { qos: 1 });
    const after = (milliseconds: number, run: () => void): void => void systemClock.after(milliseconds, run);
    const storm = new LoginStorm({
      port: broker.port,
      clients,
      retryMilliseconds: 100,
      retryMillisecondsMax: 1000,
      after,
    });
    const served = { times: 0, whileWaiting: 0 };
    const state = { over: false };
    void storm.finished.then(() => (state.over = true));
    while (!state.over) {
      await bystander.publishAcked("a", "x");
      await bystander.receive();
      const { waiting } = (await broker.broker.read()).authentication;
      // Those that are being hashed count as well, and each shard by itself.
      assert.ok(waiting <= (waitingMax + 3) * shardsUnderTest(), `${waiting} wait`);
      served.times++;
      if (waiting > 0) served.whileWaiting++;
    }
    storm.end();
    assert.equal(storm.admitted, clients);
    assert.equal((await broker.broker.read()).statistics.clients > 0, true);
    assert.ok(
      (await broker.broker.read()).authentication.busy > 0,
      "nobody had to wait: the storm was too small to prove anything",
    );
    assert.ok(served.whileWaiting > 100, `served only ${served.whileWaiting} times while passwords were hashed`);
  },
  { within: 300_000 },
);
