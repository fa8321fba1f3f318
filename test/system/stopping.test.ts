import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { ManualClock } from "../../src/base/mod.ts";
import { startBroker } from "../../src/broker/mod.ts";
import { createConfig } from "../../src/config/mod.ts";
import { packets, RawClient } from "../kit/mod.ts";
import { startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

scenario("a client that is sending while the broker stops reads why, and its connection is not reset", async () => {
  // Its time stands still, so that nobody is cut off before it has read.
  const config = createConfig({ listeners: { mqtt: { addr: "127.0.0.1:0" } }, durability: "memory" });
  await using broker = await startBroker(config, { clock: new ManualClock() });
  const socket = net.connect({ host: "127.0.0.1", port: broker.listeners[0]?.port ?? 0 });
  const received: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => received.push(bytes));
  socket.write(packets.connect({ version: 5, clientId: "sending", keepAlive: 0 }));
  await once(socket, "data");
  const connack = received.length;
  const over = once(socket, "close");
  const errors: unknown[] = [];
  socket.on("error", (error) => errors.push(error));
  // More than the system's buffers hold: a stream closed over unread bytes is reset, and takes last words along.
  const message = packets.publish({ version: 5, topic: "a", payload: Buffer.alloc(250_000) });
  for (let count = 0; count < 80; count += 1) socket.write(message);
  await broker.stop();
  await over;
  assert.deepEqual(errors, []);
  const [first, , reasonCode] = Buffer.concat(received.slice(connack));
  assert.deepEqual([first, reasonCode], [0xe0, 0x8b]);
});

scenario("the broker stops though a client neither reads nor closes", async () => {
  await using broker = await startRunningBroker();
  const client = await RawClient.connected(broker, 5);
  client.pauseReading();
  await broker.broker.stop();
  assert.equal(broker.broker.state, "stopped");
  assert.equal((await broker.broker.read()).statistics.connections, 0);
});
