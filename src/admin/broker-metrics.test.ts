import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestAdmin, type TestAdmin } from "../../test/kit/admin-under-test.ts";
import { type ConnectOptions, packets, prop, RawClient } from "../../test/kit/mod.ts";

const lasting = (clientId: string, seconds = 300): ConnectOptions => {
  return { clientId, cleanStart: false, properties: [[prop.sessionExpiryInterval, seconds]] };
};

/** A session with a QoS 1 subscription to "t" whose client is away. */
async function away(admin: TestAdmin, clientId: string, seconds = 300): Promise<void> {
  const client = await RawClient.connected(admin, 5, lasting(clientId, seconds));
  await client.subscribe("t", { qos: 1 });
  await client.disconnect();
}

async function publish(admin: TestAdmin, payload: string, count = 1): Promise<void> {
  const publisher = await RawClient.connected(admin, 5);
  for (let sent = 0; sent < count; sent++) await publisher.publishAcked("t", payload);
  await publisher.disconnect();
}

const dropped = (admin: TestAdmin, reason: string): Promise<number> =>
  admin.metric("akasa_messages_dropped_total", { reason });

describe("akasa_messages_dropped_total", () => {
  it("slow_consumer: QoS 0 messages for a client that does not read", async () => {
    await using admin = await startTestAdmin();
    const slow = await RawClient.connected(admin, 4);
    await slow.subscribe("t");
    slow.pauseReading();
    const publisher = await RawClient.connected(admin, 4);
    for (let sent = 0; sent < 100 && (await dropped(admin, "slow_consumer")) === 0; sent++) {
      await publisher.publishAcked("t", "x".repeat(1_000_000));
    }
    assert.equal(await dropped(admin, "slow_consumer"), 1);
  });

  it("queue_full: more messages than a session may keep", async () => {
    await using admin = await startTestAdmin({ max_in_mem_pending_messages: 1 });
    await away(admin, "a");
    await publish(admin, "x", 3);
    assert.equal(await dropped(admin, "queue_full"), 2);
  });

  it("queue_bytes_full: more bytes than a session may keep", async () => {
    await using admin = await startTestAdmin({ max_queued_bytes_per_session: 1024 });
    await away(admin, "a");
    await publish(admin, "x".repeat(600), 3);
    assert.equal(await dropped(admin, "queue_bytes_full"), 2);
  });

  it("expired: messages whose time was over before the client came back", async () => {
    await using admin = await startTestAdmin({}, { manualClock: true });
    await away(admin, "a");
    const publisher = await RawClient.connected(admin, 5);
    await publisher.publishAcked("t", "x", { properties: [[prop.messageExpiryInterval, 1]] });
    await admin.advance(2000);
    const back = await RawClient.connected(admin, 5, lasting("a"));
    await back.expectNothing();
    assert.equal(await dropped(admin, "expired"), 1);
  });

  it("too_large: messages beyond what the client takes", async () => {
    await using admin = await startTestAdmin();
    const client = await RawClient.connected(admin, 5, { properties: [[prop.maximumPacketSize, 50]] });
    await client.subscribe("t", { qos: 1 });
    await publish(admin, "x".repeat(100));
    assert.equal(await dropped(admin, "too_large"), 1);
  });

  it("session_ended: messages that waited in a session that the client gave up", async () => {
    await using admin = await startTestAdmin();
    await away(admin, "a");
    await publish(admin, "x", 3);
    await RawClient.connected(admin, 5, { clientId: "a", cleanStart: true });
    assert.equal(await dropped(admin, "session_ended"), 3);
  });

  it("retained_limit: retained messages beyond the limit", async () => {
    await using admin = await startTestAdmin({ max_retained_messages: 1 });
    const publisher = await RawClient.connected(admin, 5);
    for (const topic of ["a", "b", "c"]) await publisher.publishAcked(topic, "x", { retain: true });
    assert.equal(await dropped(admin, "retained_limit"), 2);
  });
});

describe("the gauges", () => {
  it("follow connections and clients", async () => {
    await using admin = await startTestAdmin();
    const silent = await RawClient.open(admin, 4);
    // The system hands connections over in their order, so the CONNACK shows that both are known.
    const client = await RawClient.connected(admin, 4);
    assert.equal(await admin.metric("akasa_connections"), 2);
    assert.equal(await admin.metric("akasa_clients"), 1);
    await client.disconnect();
    assert.equal(await admin.metric("akasa_clients"), 0);
    await silent.cut();
    // Our end may be closed a little earlier than the broker's; were it never, this would not end.
    while ((await admin.metric("akasa_connections")) > 0);
  });

  it("tell sessions whose client is away from the others", async () => {
    await using admin = await startTestAdmin();
    await away(admin, "a");
    await away(admin, "b");
    await RawClient.connected(admin, 5, lasting("b"));
    await RawClient.connected(admin, 5);
    assert.equal(await admin.metric("akasa_sessions"), 3);
    assert.equal(await admin.metric("akasa_sessions_offline"), 1);
  });

  it("count subscriptions, and shared ones among them", async () => {
    await using admin = await startTestAdmin();
    const client = await RawClient.connected(admin, 5);
    await client.subscribe("a/#");
    await client.subscribe("$share/workers/jobs");
    assert.equal(await admin.metric("akasa_subscriptions"), 2);
    assert.equal(await admin.metric("akasa_shared_subscriptions"), 1);
    await client.unsubscribe("a/#", "$share/workers/jobs");
    assert.equal(await admin.metric("akasa_subscriptions"), 0);
    assert.equal(await admin.metric("akasa_shared_subscriptions"), 0);
  });

  it("count retained messages and their bytes", async () => {
    await using admin = await startTestAdmin();
    const publisher = await RawClient.connected(admin, 4);
    await publisher.publishAcked("kept", "x".repeat(1000), { retain: true });
    assert.equal(await admin.metric("akasa_retained_messages"), 1);
    assert.ok((await admin.metric("akasa_retained_bytes")) >= 1004);
    await publisher.publishAcked("kept", "", { retain: true });
    assert.equal(await admin.metric("akasa_retained_messages"), 0);
    assert.equal(await admin.metric("akasa_retained_bytes"), 0);
  });

  it("count what waits in sessions until it is delivered", async () => {
    await using admin = await startTestAdmin();
    await away(admin, "a");
    await away(admin, "b");
    await publish(admin, "x".repeat(100), 3);
    assert.equal(await admin.metric("akasa_queued_messages"), 6);
    assert.ok((await admin.metric("akasa_queued_bytes")) >= 606);
    const back = await RawClient.connected(admin, 5, lasting("a"));
    for (const _ of [1, 2, 3]) await back.receive();
    assert.equal(await admin.metric("akasa_queued_messages"), 3);
  });

  it("count the topics whose receivers are remembered", async () => {
    await using admin = await startTestAdmin();
    const publisher = await RawClient.connected(admin, 4);
    for (const topic of ["a", "b", "a"]) await publisher.publishAcked(topic, "x");
    assert.equal(await admin.metric("akasa_topic_cache_entries"), 2);
  });
});

describe("the packet counters", () => {
  it("count every type in both directions", async () => {
    await using admin = await startTestAdmin();
    const client = await RawClient.connected(admin, 5);
    await client.subscribe("t", { qos: 2 });
    for (const qos of [1, 2]) {
      await client.publishAcked("t", "x", { qos });
      await client.acknowledge(await client.takePublication("t"));
    }
    await client.unsubscribe("t");
    await client.ping();
    const other = await RawClient.connected(admin, 5);
    // PINGRESP, which only a server sends.
    other.send(packets.raw("d0 00"));
    await other.expectDisconnect(0x82);
    client.send(packets.raw("f0 00"));
    await client.expectDisconnect(0x82);
    const last = await RawClient.connected(admin, 5);
    await last.disconnect();
    const families = await admin.scrape();
    const counts = (name: string): Record<string, number> => {
      const samples = [...(families.get(name)?.samples ?? [])];
      return Object.fromEntries(samples.map(([key, value]) => [/type="(\w+)"/.exec(key)?.[1], value]));
    };
    assert.deepEqual(counts("akasa_packets_received_total"), {
      connect: 3,
      publish: 2,
      puback: 1,
      pubrec: 1,
      pubrel: 1,
      pubcomp: 1,
      subscribe: 1,
      unsubscribe: 1,
      pingreq: 1,
      disconnect: 1,
      auth: 1,
      invalid: 1,
    });
    assert.deepEqual(counts("akasa_packets_sent_total"), {
      connack: 3,
      publish: 2,
      puback: 1,
      pubrec: 1,
      pubrel: 1,
      pubcomp: 1,
      suback: 1,
      unsuback: 1,
      pingresp: 1,
      disconnect: 2,
      // This version never sends AUTH.
      auth: 0,
    });
  });

  it("count bytes exactly as they are on the wire", async () => {
    await using admin = await startTestAdmin();
    const client = await RawClient.open(admin, 4);
    client.send(packets.raw("10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61"));
    await client.take("connack");
    await client.ping();
    assert.equal(await admin.metric("akasa_bytes_received_total"), 15 + 2);
    assert.equal(await admin.metric("akasa_bytes_sent_total"), 4 + 2);
  });

  it("count messages once when published and once per receiver when delivered", async () => {
    await using admin = await startTestAdmin();
    for (const _ of [1, 2, 3]) await (await RawClient.connected(admin, 4)).subscribe("t");
    await publish(admin, "x");
    assert.equal(await admin.metric("akasa_messages_published_total"), 1);
    assert.equal(await admin.metric("akasa_messages_delivered_total"), 3);
  });
});

describe("the counters of connections and sessions", () => {
  it("count what was accepted, and what was refused over the limit", async () => {
    await using admin = await startTestAdmin({ max_connections: 1 });
    await RawClient.connected(admin, 4);
    await (await RawClient.open(admin, 4)).expectClosed();
    assert.equal(await admin.metric("akasa_connections_accepted_total"), 1);
    assert.equal(await admin.metric("akasa_connections_refused_total"), 1);
  });

  it("count who never sent a CONNECT", async () => {
    await using admin = await startTestAdmin({ connect_timeout_seconds: 10 }, { manualClock: true });
    const silent = await RawClient.open(admin, 4);
    await RawClient.connected(admin, 4);
    await admin.advance(11_000);
    await silent.expectClosed();
    assert.equal(await admin.metric("akasa_connections_refused_total"), 1);
    assert.equal(await admin.metric("akasa_protocol_errors_total"), 0);
  });

  it("count who broke a rule", async () => {
    await using admin = await startTestAdmin();
    const client = await RawClient.connected(admin, 5);
    client.publish("wild/#", "x");
    await client.expectClosed();
    assert.equal(await admin.metric("akasa_protocol_errors_total"), 1);
    assert.equal(await admin.metric("akasa_connections_refused_total"), 0);
  });

  it("count who fell silent", async () => {
    await using admin = await startTestAdmin({ min_keep_alive: 0 }, { manualClock: true });
    const client = await RawClient.connected(admin, 4, { keepAlive: 10 });
    await admin.advance(16_000);
    await client.expectClosed();
    assert.equal(await admin.metric("akasa_keep_alive_timeouts_total"), 1);
  });

  it("count take-overs", async () => {
    await using admin = await startTestAdmin();
    const first = await RawClient.connected(admin, 4, { clientId: "a" });
    await RawClient.connected(admin, 4, { clientId: "a" });
    await first.expectClosed();
    assert.equal(await admin.metric("akasa_takeovers_total"), 1);
  });

  it("count wills, which are published messages as well", async () => {
    await using admin = await startTestAdmin();
    const client = await RawClient.connected(admin, 4, { will: { topic: "gone", payload: "x" } });
    await client.cut();
    assert.equal(await admin.metric("akasa_wills_published_total"), 1);
    assert.equal(await admin.metric("akasa_messages_published_total"), 1);
  });

  it("count sessions whose time was over", async () => {
    await using admin = await startTestAdmin({}, { manualClock: true });
    await away(admin, "a", 5);
    await admin.advance(6000);
    assert.equal(await admin.metric("akasa_sessions_expired_total"), 1);
    assert.equal(await admin.metric("akasa_sessions"), 0);
  });
});
