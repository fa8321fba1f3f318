import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { WebSocket } from "ws";
import { collectGarbage, type ConfigOverrides, packets, uniqueName } from "../kit/mod.ts";
import { closed } from "./closed.ts";
import { portOf } from "./listener-port.ts";
import { connectedFields, refusals } from "./log-line.ts";
import { type RunningBroker, startRunningBroker } from "./running-broker.ts";
import { scenario } from "./scenario.ts";

const addr = "127.0.0.1:0";
const accepted = "20020000";

function start(ws: NonNullable<ConfigOverrides["listeners"]>["ws"] = { addr }): Promise<RunningBroker> {
  return startRunningBroker({ listeners: { ws } });
}

/** Opens a WebSocket, or answers the status that the broker gives instead. */
async function open(
  running: RunningBroker,
  { path = "/mqtt", protocols = ["mqtt"], headers = {} }: Partial<OpenOptions> = {},
): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${portOf(running, "ws")}${path}`, [...protocols], { headers });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.once("error", reject);
  });
}

interface OpenOptions {
  readonly path: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

async function opened(running: RunningBroker, options: Partial<OpenOptions> = {}): Promise<WebSocket> {
  const socket = await open(running, options);
  if (typeof socket === "number") assert.fail(`the broker answers ${socket}`);
  return socket;
}

async function connect(socket: WebSocket, clientId = uniqueName("ws")): Promise<string> {
  socket.send(packets.connect({ version: 4, clientId }));
  const [answer] = (await once(socket, "message")) as [Buffer];
  assert.equal(answer.toString("hex"), accepted);
  return clientId;
}

for (const protocols of [["mqtt"], ["mqttv3.1"], ["chat", "mqttv3.1", "mqtt"]]) {
  scenario(`the sub-protocols ${protocols.join(", ")} are answered with one of ours`, async () => {
    await using running = await start();
    const socket = await opened(running, { protocols });
    assert.equal(socket.protocol, protocols.includes("mqtt") ? "mqtt" : "mqttv3.1");
    await connect(socket);
  });
}

scenario("other paths, sub-protocols and origins are refused with a status that says why", async () => {
  await using running = await start({ addr, path: "/broker", allowed_origins: ["https://good.example"] });
  const origin = "https://evil.example";
  assert.equal(await open(running, { path: "/mqtt" }), 404);
  assert.equal(await open(running, { path: "/broker", protocols: ["chat"] }), 400);
  assert.equal(await open(running, { path: "/broker", protocols: [] }), 400);
  assert.equal(await open(running, { path: "/broker", headers: { origin } }), 403);
  for (const path of ["/broker", "/", "/broker?session=1"]) {
    await connect(await opened(running, { path, headers: { origin: "https://good.example" } }));
  }
  const answer = await fetch(`http://127.0.0.1:${portOf(running, "ws")}/`);
  assert.equal(answer.status, 426);
  assert.deepEqual(
    await refusals(running),
    Array.from({ length: 5 }, () => "upgrade"),
  );
});

scenario("a packet may come in many frames, and many packets in one", async () => {
  await using running = await start();
  const socket = await opened(running);
  const clientId = uniqueName("cut");
  const bytes = packets.connect({ version: 4, clientId });
  for (const [index, byte] of bytes.entries()) {
    socket.send(Buffer.from([byte]), { fin: index % 3 === 2 || index === bytes.length - 1 });
  }
  await once(socket, "message");
  await connectedFields(running, clientId);
  const answers: Buffer[] = [];
  socket.on("message", (answer: Buffer) => answers.push(answer));
  const topics = Array.from({ length: 20 }, (_, index) => `t/${index}`);
  const publishes = topics.map((topic, index) => {
    return packets.publish({ version: 4, topic, payload: "x", qos: 1, packetId: index + 1 });
  });
  socket.send(Buffer.concat([...publishes, packets.pingreq()]));
  while (Buffer.concat(answers).length < 20 * 4 + 2) await once(socket, "message");
  assert.ok(answers.length <= 2, "what a turn brings is sent in one message");
});

scenario("pings are answered, and unasked pongs are none of anybody's business", async () => {
  await using running = await start();
  const socket = await opened(running);
  await connect(socket);
  socket.pong("unasked");
  socket.ping("payload");
  const [payload] = (await once(socket, "pong")) as [Buffer];
  assert.equal(payload.toString(), "payload");
  socket.send(packets.pingreq());
  assert.equal(((await once(socket, "message")) as [Buffer])[0].toString("hex"), "d000");
});

scenario("text frames are refused with the close code for that", async () => {
  await using running = await start();
  const socket = await opened(running);
  await connect(socket);
  socket.send("text");
  const [code] = (await once(socket, "close")) as [number];
  assert.equal(code, 1003);
});

scenario("a connection that never becomes a WebSocket has a deadline", async () => {
  await using running = await start({ addr, handshake_timeout_seconds: 1 });
  const begun = ["", "GET /mqtt HTTP/1.1\r\nHost: a\r\nUpgrade: webso"];
  const clients = begun.map((bytes) => {
    const socket = net.connect(portOf(running, "ws"), "127.0.0.1");
    socket.on("error", () => {}).resume();
    socket.write(bytes);
    return closed(socket);
  });
  await Promise.all(clients);
  assert.deepEqual(await refusals(running), ["timeout", "timeout"]);
});

scenario("compression is never agreed upon", async () => {
  await using running = await start();
  const socket = await opened(running);
  assert.equal(socket.extensions, "");
});

scenario("X-Forwarded-For tells the client only where a trusted proxy sends it", async () => {
  const headers = { "x-forwarded-for": "6.6.6.6, 192.0.2.7, 10.0.0.3" };
  await using trusting = await start({ addr, trusted_proxies: ["127.0.0.1", "10.0.0.0/8"] });
  const first = await connect(await opened(trusting, { headers }));
  assert.deepEqual(await pick(trusting, first), ["192.0.2.7", "127.0.0.1"]);
  await using careful = await start();
  const second = await connect(await opened(careful, { headers }));
  assert.match(String((await pick(careful, second))[0]), /^127\.0\.0\.1:/);
});

async function pick(running: RunningBroker, clientId: string): Promise<unknown[]> {
  const { address, proxy } = await connectedFields(running, clientId);
  return [address, proxy];
}

scenario("a flood of pings, empty frames and endless messages holds little memory, and others go on", async () => {
  await using running = await start();
  const calm = await opened(running);
  await connect(calm);
  collectGarbage();
  const before = process.memoryUsage();
  const floods = [pingFrame(), emptyFrame(), Buffer.concat([fragment(0x02), ...Array(400).fill(fragment(0x00))])];
  const sockets = await Promise.all(floods.map((bytes) => flood(running, bytes)));
  calm.send(packets.pingreq());
  await once(calm, "message");
  collectGarbage();
  const after = process.memoryUsage();
  const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
  for (const socket of sockets) socket.destroy();
  assert.ok(grown < 30_000_000, `${grown} bytes are held`);
});

/** Writes the same frames again and again, 40 MB in all or until the broker closes, and reads nothing. */
async function flood(running: RunningBroker, frames: Buffer): Promise<net.Socket> {
  const socket = net.connect(portOf(running, "ws"), "127.0.0.1");
  let over = false;
  // The one who waits: for room, or for the end.
  let wake = (): void => {};
  socket.on("error", () => {});
  socket.on("drain", () => wake());
  socket.once("close", () => {
    over = true;
    wake();
  });
  const head = ["GET /mqtt HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket"];
  const more = ["Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${"A".repeat(22)}==`, "Sec-WebSocket-Protocol: mqtt"];
  socket.write([...head, ...more, "", ""].join("\r\n"));
  await once(socket, "readable");
  const block = Buffer.concat(Array(Math.ceil(65_536 / frames.length)).fill(frames) as Buffer[]);
  for (let sent = 0; sent < 40_000_000 && !over; sent += block.length) {
    if (!socket.write(block)) await new Promise<void>((resolve) => (wake = resolve));
  }
  return socket;
}

function masked(first: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function pingFrame(): Buffer {
  return masked(0x89, Buffer.alloc(100, 7));
}

function emptyFrame(): Buffer {
  return masked(0x82, Buffer.alloc(0));
}

/** A piece of a message that does not end. */
function fragment(opcode: number): Buffer {
  return masked(opcode, Buffer.alloc(100, 7));
}
