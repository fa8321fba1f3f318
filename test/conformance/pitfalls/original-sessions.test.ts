import assert from "node:assert/strict";
import { pitfall, RawClient, settle, startTestBroker, type Version } from "../../kit/mod.ts";
import { lasting, resumed } from "../lasting-session.ts";
import { receiveMany, texts } from "../receive-many.ts";

// What the Rust original does wrong when clients come back, and with shared groups.

const versions = [3, 4, 5] as const;
const names: Readonly<Record<Version, string>> = { 3: "3.1", 4: "3.1.1", 5: "5.0" };
const numbers = Array.from({ length: 10 }, (_, index) => `${index}`);

for (const version of versions) {
  pitfall("original 1", `${names[version]}: the keep alive of an old connection does not end the new one`, async () => {
    await using broker = await startTestBroker({}, { manualClock: true });
    const who = { ...lasting("durable"), keepAlive: 10 };
    const first = await RawClient.connected(broker, version, who);
    await broker.advance(4000);
    await first.cut();
    const second = await RawClient.connected(broker, version, who);
    await broker.advance(4000);
    // This one takes the second over: its timer, too, has to go.
    const third = await RawClient.connected(broker, version, who);
    await second.expectClosed();
    for (let round = 0; round < 10; round += 1) {
      await broker.advance(9000);
      await third.expectNothing();
    }
  });

  pitfall("original 2", `a ${names[version]} publisher reaches shared groups of every version`, async () => {
    await using broker = await startTestBroker();
    const publisher = await RawClient.connected(broker, version);
    for (const other of versions) {
      const member = await RawClient.connected(broker, other);
      await member.subscribe(`$share/g${other}/t/${other}`, { qos: 1 });
      for (const text of numbers) await publisher.publishAcked(`t/${other}`, text);
      assert.deepEqual(texts(await receiveMany(member, numbers.length)), numbers);
    }
  });

  pitfall("original 5", `${names[version]}: a clean start over a live session leaves no route behind`, async () => {
    await using broker = await startTestBroker();
    const first = await RawClient.connected(broker, version, lasting("renewed"));
    await first.subscribe("plain", { qos: 1 });
    await first.subscribe("$share/g/shared", { qos: 1 });
    const member = await RawClient.connected(broker, version);
    await member.subscribe("$share/g/shared", { qos: 1 });
    const second = await RawClient.connected(broker, version, { ...lasting("renewed"), cleanStart: true });
    const publisher = await RawClient.connected(broker, version);
    await publisher.publishAcked("plain", "x");
    for (const text of numbers) await publisher.publishAcked("shared", text);
    assert.deepEqual(texts(await receiveMany(member, numbers.length)), numbers);
    await settle(broker);
    await second.expectNothing();
  });

  pitfall("original 6", `${names[version]}: the only member of a shared group may leave and come back`, async () => {
    await using broker = await startTestBroker();
    const member = await RawClient.connected(broker, version);
    const publisher = await RawClient.connected(broker, version);
    for (let round = 0; round < 3; round += 1) {
      await member.subscribe("$share/g/t", { qos: 1 });
      await publisher.publishAcked("t", `${round}`);
      assert.equal((await member.receive()).payload.toString(), `${round}`);
      await member.unsubscribe("$share/g/t");
      await publisher.publishAcked("t", "nobody");
      await member.expectNothing();
    }
  });
}

for (const mode of ["Random", "HashClientId", "HashTopicName", "round_robin", "sticky", "least_inflight"] as const) {
  pitfall("original 7", `${mode}: a shared message goes to a member who is connected`, async () => {
    await using broker = await startTestBroker({ shared_subscription_mode: mode });
    const away = await RawClient.connected(broker, 5, lasting("away"));
    const here = await RawClient.connected(broker, 5);
    for (const member of [away, here]) await member.subscribe("$share/g/+", { qos: 1 });
    await away.disconnect();
    const publisher = await RawClient.connected(broker, 5);
    for (const topic of numbers) await publisher.publishAcked(topic, topic);
    assert.deepEqual(texts(await receiveMany(here, numbers.length)), numbers);
    const back = await resumed(broker, "away");
    await settle(broker);
    await back.expectNothing();
  });
}

for (const older of versions) {
  for (const newer of versions) {
    pitfall("original 12", `${names[newer]} over ${names[older]}: 0x8E for the old one, and its will`, async () => {
      await using broker = await startTestBroker();
      const watcher = await RawClient.connected(broker, 5);
      await watcher.subscribe("will");
      const will = { topic: "will", payload: "taken over" };
      const first = await RawClient.connected(broker, older, { ...lasting("upgraded"), will });
      const second = await resumed(broker, "upgraded", { version: newer });
      await first.expectDisconnect(0x8e);
      assert.equal((await watcher.receive()).payload.toString(), "taken over");
      await settle(broker);
      await watcher.expectNothing();
      await second.expectNothing();
    });
  }
}
