import assert from "node:assert/strict";
import { createConfig } from "../../src/config/mod.ts";
import { startBroker } from "../../src/broker/mod.ts";
import { mosquittoSub, transportUnderTest } from "../kit/mod.ts";
import { scenario } from "./scenario.ts";

scenario("mosquitto_sub reads what the broker tells of itself below $SYS/broker", async () => {
  const settings = {
    durability: "memory",
    listeners: { mqtt: { addr: "127.0.0.1:0" } },
    ...transportUnderTest(),
  } as const;
  await using broker = await startBroker(createConfig(settings));
  const port = `${broker.listeners[0]?.port}`;
  const topics = ["-t", "$SYS/broker/version", "-t", "$SYS/broker/subscriptions/count", "-t", "$SYS/broker/uptime"];
  await using reader = mosquittoSub(["-h", "127.0.0.1", "-p", port, "-v", "-C", "3", ...topics]);
  const { exitCode, output } = await reader.finished;
  assert.equal(exitCode, 0, output);
  assert.match(output, /^\$SYS\/broker\/version akasa version \d+\.\d+\.\d+$/m);
  assert.match(output, /^\$SYS\/broker\/subscriptions\/count 0$/m);
  assert.match(output, /^\$SYS\/broker\/uptime \d+ seconds$/m);
});
