import assert from "node:assert/strict";
import { malformedPackets } from "../../src/codec/vectors/malformed.ts";
import type { MalformedPacket } from "../../src/codec/vectors/malformed-packet.ts";
import { RawClient, startTestBroker, type TestBroker } from "../kit/mod.ts";
import { versionNames, versions } from "./protocol-versions.ts";
import { scenario } from "./scenario.ts";

/** What a server may answer to a bad CONNECT before 5.0: nothing, or that it dislikes the version or the client id. */
const oldRefusals: Readonly<Record<number, number>> = { 0x84: 1, 0x85: 2 };
const connect5 = "00044d51545405";

/** Sends a bad CONNECT and demands the end of the connection, with the code that the version has for it. */
async function expectConnectRefused(
  broker: TestBroker,
  { name, version, hex, reasonCode }: MalformedPacket,
): Promise<void> {
  const client = await RawClient.open(broker, version);
  client.send(Buffer.from(hex, "hex"));
  const [answer, ...others] = await client.expectClosed();
  assert.deepEqual(others, [], name);
  // Once the version is known to be 5.0, the client is told.
  if (version === 5 && hex.includes(connect5)) assert.ok(answer !== undefined, `${name}: no answer`);
  if (answer === undefined) return;
  assert.ok(answer.type === "connack", name);
  assert.equal(answer.reasonCode, version === 5 ? reasonCode : oldRefusals[reasonCode], name);
}

/** Sends a bad packet on an established connection and demands the end of it, with the code for it in 5.0. */
async function expectDisconnected(
  broker: TestBroker,
  { name, version, hex, reasonCode }: MalformedPacket,
): Promise<void> {
  const client = await RawClient.connected(broker, version);
  client.send(Buffer.from(hex, "hex"));
  // Without an authentication method any AUTH is a Protocol Error, whatever else is wrong with it.
  await client
    .expectDisconnect(...(name.startsWith("AUTH") ? [reasonCode, 0x82] : [reasonCode]))
    .catch((cause: unknown) => {
      throw new Error(name, { cause });
    });
}

for (const version of versions) {
  for (const afterConnect of [false, true]) {
    const rows = malformedPackets.filter((row) => row.version === version && row.afterConnect === afterConnect);
    const when = afterConnect ? "on an established connection" : "instead of CONNECT";
    scenario(
      `${rows.length} malformed packets ${when} end that one and touch nobody else (${versionNames[version]})`,
      async () => {
        assert.ok(rows.length > 5, "the table has lost its rows");
        await using broker = await startTestBroker();
        const witness = await RawClient.connected(broker, version);
        await witness.subscribe("witness", { qos: 1 });
        for (const row of rows) {
          await (afterConnect ? expectDisconnected(broker, row) : expectConnectRefused(broker, row));
          await witness.publishAcked("witness", row.name);
          assert.equal((await witness.receive()).payload.toString(), row.name);
        }
        await witness.expectNothing();
      },
    );
  }
}

for (const version of versions) {
  scenario(`a malformed packet publishes the will (${versionNames[version]})`, async () => {
    await using broker = await startTestBroker();
    const watcher = await RawClient.connected(broker, version);
    await watcher.subscribe("will", { qos: 1 });
    const client = await RawClient.connected(broker, version, { will: { topic: "will", payload: "gone", qos: 1 } });
    client.send(Buffer.from("c001ff", "hex"));
    await client.expectClosed();
    assert.equal((await watcher.receive()).payload.toString(), "gone");
  });

  scenario(
    `what was sent before a malformed packet counts, what comes behind it does not (${versionNames[version]})`,
    async () => {
      await using broker = await startTestBroker();
      const watcher = await RawClient.connected(broker, version);
      await watcher.subscribe("a", { qos: 1 });
      const client = await RawClient.connected(broker, version);
      const properties = version === 5 ? "00" : "";
      const publish = (text: string): Buffer => {
        const body = Buffer.from(`000161${properties}${Buffer.from(text).toString("hex")}`, "hex");
        return Buffer.concat([Buffer.from([0x30, body.length]), body]);
      };
      client.send(publish("before"), Buffer.from("c001ff", "hex"), publish("behind"));
      await client.expectClosed();
      assert.equal((await watcher.receive()).payload.toString(), "before");
      await watcher.ping();
      await watcher.expectNothing();
    },
  );
}
