import assert from "node:assert/strict";
import { packets, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { answerUntilClosed } from "./cut-off.ts";
import { passwordFile } from "./password-file.ts";

statement("3.1.1", "MQTT-3.1.4-4", "a valid CONNECT is accepted with code 0", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  assert.equal((await client.connect()).raw.toString("hex"), "20020000");
});

statement("3.1.1", "MQTT-3.2.2-1", "a clean session is never present, even if an older one was stored", async () => {
  await using broker = await startTestBroker();
  await (await RawClient.connected(broker, 4, { clientId: "kept", cleanStart: false })).disconnect();
  const client = await RawClient.open(broker, 4);
  assert.equal((await client.connect({ clientId: "kept" })).raw.toString("hex"), "20020000");
});

statement(
  "3.1.1",
  ["MQTT-3.1.4-4", "MQTT-3.2.2-2"],
  "a stored session is present, even one without subscriptions",
  async () => {
    await using broker = await startTestBroker();
    for (let time = 0; time < 2; time += 1) {
      const client = await RawClient.open(broker, 4);
      const { raw } = await client.connect({ clientId: "kept", cleanStart: false });
      assert.equal(raw.toString("hex"), time === 0 ? "20020000" : "20020100");
      await client.disconnect();
    }
  },
);

statement("3.1.1", "MQTT-3.2.2-3", "a session that was never stored is not present", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, 4);
  assert.equal((await client.connect({ cleanStart: false })).raw.toString("hex"), "20020000");
});

statement(
  "3.1.1",
  ["MQTT-3.2.2-4", "MQTT-3.2.2-5"],
  "wrong credentials: no session present, a code, the end",
  async () => {
    await using users = await passwordFile("ann", "secret");
    await using broker = await startTestBroker({ auth: { enable: true, password_file: users.path } });
    const session = { clientId: "kept", cleanStart: false, userName: "ann" };
    await (await RawClient.connected(broker, 4, { ...session, password: "secret" })).disconnect();
    const refused = await answerUntilClosed(broker, packets.connect({ version: 4, ...session, password: "guess" }));
    assert.match(refused, /^2002000[45]$/);
    const after = await (await RawClient.open(broker, 4)).connect({ ...session, password: "secret" });
    assert.ok(after.sessionPresent);
  },
);

statement(
  "3.1.1",
  ["MQTT-3.2.2-4", "MQTT-3.2.2-5"],
  "a refused level or client id: no session present, the end",
  async () => {
    await using broker = await startTestBroker();
    const level = packets.connect({ version: 4, clientId: "a", protocolLevel: 2 });
    assert.equal(await answerUntilClosed(broker, level), "20020001");
    const clientId = packets.connect({ version: 4, clientId: "", cleanStart: false });
    assert.equal(await answerUntilClosed(broker, clientId), "20020002");
  },
);
