import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { packets, RawClient, ServerViolation, type Target } from "./mod.ts";

/** A server that answers the first bytes it gets with these and then keeps silent. */
async function serverThatAnswers(hex: string): Promise<Target & AsyncDisposable> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.write(packets.raw(hex)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as net.AddressInfo).port,
    adopt: () => {},
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const accepted = "20 03 00 00 00";

const breaches: readonly (readonly [name: string, version: packets.Version, hex: string, rule: RegExp])[] = [
  ["DISCONNECT before CONNACK", 5, "e0 01 81", /before CONNACK/],
  ["a PUBLISH before CONNACK", 4, "30 03 00 01 61", /before CONNACK/],
  ["a second CONNACK", 5, `${accepted} ${accepted}`, /second CONNACK/],
  ["a packet after DISCONNECT", 5, `${accepted} e0 01 81 d0 00`, /after DISCONNECT/],
  ["session expiry in DISCONNECT", 5, `${accepted} e0 07 81 05 11 00 00 00 01`, /not allowed/],
  ["session present beside a refusal", 5, "20 03 01 87 00", /3\.2\.2-6/],
  ["session present toward 3.1", 3, "20 02 01 00", /3\.1 client/],
  ["DISCONNECT toward 3.1.1", 4, "20 02 00 00 e0 00", /does not know/],
  ["reserved header bits", 4, "20 02 00 00 d1 00", /2\.1\.3-1/],
  ["a remaining length with needless bytes", 4, "20 82 00 00 00", /1\.5\.5-1/],
  ["DUP at QoS 0", 4, "20 02 00 00 38 03 00 01 61", /3\.3\.1-2/],
  ["packet id 0", 4, "20 02 00 00 32 05 00 01 61 00 00", /2\.2\.1-4/],
  ["a reason code of another packet", 5, `${accepted} 40 03 00 01 92`, /reason code/],
  ["an unknown property", 5, "20 05 00 00 02 7f 00", /does not exist/],
  ["a repeated property", 5, "20 09 00 00 06 21 00 05 21 00 05", /twice/],
  ["receive maximum 0", 5, "20 06 00 00 03 21 00 00", /is 0/],
  ["a topic alias nobody allowed", 5, `${accepted} 30 07 00 01 61 03 23 00 01`, /3\.1\.2-26/],
  ["surplus bytes", 4, "20 02 00 00 d0 01 00", /surplus/],
  ["invalid UTF-8", 4, "20 02 00 00 30 04 00 02 c3 28", /UTF-8/],
];

for (const [name, version, hex, rule] of breaches) {
  test(`the kit notices ${name}`, async () => {
    await using server = await serverThatAnswers(hex);
    const client = await RawClient.open(server, version);
    const failure = await (async () => {
      await client.connect();
      for (;;) await client.next();
    })().then(
      () => undefined,
      (error: unknown) => error,
    );
    client.close();
    assert.ok(failure instanceof ServerViolation, String(failure));
    assert.match(failure.message, rule);
  });
}

test("a breach that the test did not meet is thrown when the client is closed", async () => {
  await using server = await serverThatAnswers(`${accepted} ${accepted}`);
  const client = await RawClient.open(server, 5);
  client.send(packets.connect({ version: 5 }));
  await client.arrival();
  assert.throws(() => client.close(), ServerViolation);
});

test("a wait that ends without the packet says what came instead", async () => {
  await using server = await serverThatAnswers(accepted);
  const client = await RawClient.open(server, 5);
  await client.connect();
  await assert.rejects(() => client.next("publish", { within: 1 }), /expected PUBLISH within 1 ms/);
  client.close();
});
