import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import tls from "node:tls";
import { packets, TestAuthority } from "../../test/kit/mod.ts";
import { createBroker } from "../mod.ts";

interface Seen {
  readonly reused: boolean;
  readonly session: Buffer | undefined;
}

/** Connects by TLS and MQTT once. */
async function look(port: number, options: tls.ConnectionOptions): Promise<Seen> {
  const socket = tls.connect({ host: "127.0.0.1", port, servername: "localhost", ...options });
  let session: Buffer | undefined;
  socket.on("session", (ticket) => (session = ticket));
  socket.write(packets.connect({ version: 4, clientId: "looks" }));
  await new Promise((resolve, reject) => {
    socket.once("data", resolve);
    socket.once("error", reject);
  });
  const reused = socket.isSessionReused();
  socket.destroy();
  return { reused, session };
}

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`a TLS session that one shard has begun goes on at any of them (${maxVersion})`, async () => {
    using authority = new TestAuthority();
    const { certFile: cert_file, keyFile: key_file } = authority.server();
    const mqtts = { addr: "127.0.0.1:0", cert_file, key_file };
    await using broker = createBroker({ listeners: { mqtts }, shards: 2 });
    await broker.start();
    const port = broker.listeners[0]?.port ?? 0;
    const options = { maxVersion, ca: readFileSync(authority.caFile) };
    const { session } = await look(port, options);
    // The system spreads them: that all of these come to one shard happens once in a thousand million runs.
    for (let count = 0; count < 30; count++) {
      assert.ok((await look(port, { ...options, session: session ?? assert.fail("no session") })).reused);
    }
    const { shards } = await broker.read();
    assert.equal(shards.length, 2);
  });
}
