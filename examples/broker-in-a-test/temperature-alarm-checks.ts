// Its tests, each with a broker of its own: node --test temperature-alarm-checks.ts
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";

import { createBroker } from "akasa";
import { watchTemperature } from "./temperature-alarm.ts";

test("a sensor that is too hot raises an alarm, and others do not", async () => {
  await using broker = createBroker({ listeners: { mqtt: { addr: "127.0.0.1:0" } } });
  await broker.start();
  const alarms = new EventEmitter();
  await broker.subscribe("alarms/#", ({ topic, payload }) => alarms.emit("alarm", `${topic} ${payload.toString()}`));
  const program = await watchTemperature(`mqtt://127.0.0.1:${broker.listeners[0]?.port}`, 30);

  const raised = once(alarms, "alarm");
  await broker.publish({ topic: "sensors/kitchen/temperature", payload: "21" });
  await broker.publish({ topic: "sensors/oven/temperature", payload: "180" });
  assert.deepEqual(await raised, ["alarms/sensors/oven/temperature 180 is above 30"]);
  await program.stop();
});
