import assert from "node:assert/strict";
import { packets, prop, type Property, property, RawClient, startTestBroker, statement } from "../../kit/mod.ts";
import { expectEnded } from "./expect-ended.ts";
import { expectRefused } from "./expect-refused.ts";

const version = 5;
const method: Property = [prop.authenticationMethod, "X-NONE"];
const data: Property = [prop.authenticationData, Buffer.from("data")];

statement("5.0", "MQTT-3.15.1-1", "an AUTH with reserved bits ends the connection", async () => {
  await using broker = await startTestBroker();
  for (const firstByte of [0xf1, 0xf2, 0xf4, 0xf8, 0xff]) {
    const client = await RawClient.connected(broker, version);
    client.send(packets.auth({ firstByte, reasonCode: 0x19, properties: [method] }));
    await expectEnded(client, 0x81);
    const brief = await RawClient.connected(broker, version);
    brief.send(packets.auth({ firstByte }));
    await expectEnded(brief, 0x81);
  }
});

statement("5.0", "MQTT-3.15.2-1", "an AUTH with a code that does not exist ends the connection", async () => {
  await using broker = await startTestBroker();
  for (const reasonCode of [0x01, 0x04, 0x17, 0x1a, 0x80, 0x87, 0xff]) {
    const client = await RawClient.connected(broker, version);
    client.send(packets.auth({ reasonCode, properties: [method] }));
    await expectEnded(client, 0x81, 0x82);
  }
});

for (const properties of [[method], [method, data]]) {
  const what = properties.length === 1 ? "an authentication method" : "authentication method and data";
  statement("5.0", "MQTT-4.12.0-1", `${what} that the broker does not know is refused`, async () => {
    await using broker = await startTestBroker();
    await expectRefused(broker, packets.connect({ version, properties }), 0x8c, 0x87);
    const named = { version, properties, userName: "anna", password: "secret" } as const;
    await expectRefused(broker, packets.connect(named), 0x8c, 0x87);
  });
}

statement("5.0", "MQTT-4.12.0-1", "an empty authentication method is no reason to let a client in", async () => {
  await using broker = await startTestBroker();
  const properties: readonly Property[] = [[prop.authenticationMethod, ""]];
  await expectRefused(broker, packets.connect({ version, properties }), 0x8c, 0x87, 0x81, 0x82);
});

statement("5.0", "MQTT-4.12.0-6", "a client that asked for no method gets no AUTH and no method", async () => {
  await using broker = await startTestBroker();
  const client = await RawClient.open(broker, version);
  client.send(packets.connect({ version, clientId: "plain" }));
  const connack = await client.next();
  assert.equal(connack.type, "connack");
  assert.equal(property(connack, prop.authenticationMethod), undefined);
  assert.equal(property(connack, prop.authenticationData), undefined);
  await client.subscribe("a", { qos: 2 });
  await client.publishAcked("a", "x", { qos: 2 });
  await client.receive();
  await client.expectNothing();
});

for (const reasonCode of [0x19, 0x18, 0x00]) {
  const name = `0x${reasonCode.toString(16).padStart(2, "0")}`;
  statement("5.0", "MQTT-4.12.0-7", `AUTH ${name} of a client that asked for no method is an error`, async () => {
    await using broker = await startTestBroker();
    const client = await RawClient.connected(broker, version);
    client.send(packets.auth({ reasonCode, properties: [method, data] }));
    await expectEnded(client, 0x82);
  });
}
