import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeForwardedProperties } from "../codec/mod.ts";
import { topicName } from "../protocol/mod.ts";
import { Router } from "../router/mod.ts";
import { Publication } from "../store/mod.ts";
import { BatchReader } from "./batch-reader.ts";
import { BatchWriter } from "./batch-writer.ts";
import { MessageReader, writeMessage } from "./message-record.ts";

const router = new Router({ topicCacheEntries: 64, topicLevelsMax: 20, separateCopies: false });

function message(change: { payload?: string; expiry?: number; publisher?: string }): Publication {
  return new Publication({
    topic: { name: topicName("ä/t"), bytes: Buffer.from("ä/t") },
    payload: Buffer.from(change.payload ?? "payload"),
    properties: encodeForwardedProperties({ contentType: "x", userProperties: [["a", "b"]] }),
    qos: 2,
    retain: true,
    messageExpiryInterval: change.expiry ?? -1,
    receivedAt: 1000,
    publisherId: change.publisher ?? "publisher",
  });
}

test("messages come out of a batch as they went in, one after the other", () => {
  const writer = new BatchWriter();
  const sent = [message({}), message({ payload: "y".repeat(10_000) }), message({ payload: "", publisher: "" })];
  for (const each of sent) writeMessage(writer, each, 1000);
  const reader = new BatchReader(writer.take());
  const messages = new MessageReader(router.topics);
  for (const each of sent) {
    const topic = messages.read(reader, 0);
    const got = messages.publication.keep();
    assert.equal(topic.name, each.topic.name);
    assert.deepEqual(got.bytes, each.bytes);
    assert.deepEqual([got.qos, got.retain, got.publisherId], [each.qos, each.retain, each.publisherId]);
    assert.deepEqual([got.propertiesStart, got.payloadStart], [each.propertiesStart, each.payloadStart]);
  }
  assert.ok(reader.done);
});

test("a message that expires has the same time left on a shard whose clock shows another time", () => {
  const writer = new BatchWriter();
  writeMessage(writer, message({ expiry: 60 }), 21_000);
  const messages = new MessageReader(router.topics);
  messages.read(new BatchReader(writer.take()), 5);
  assert.equal(messages.publication.secondsLeft(5), 40);
});

test("a batch that was cut short is not read beyond its end", () => {
  const writer = new BatchWriter();
  writeMessage(writer, message({}), 1000);
  const batch = writer.take();
  const reader = new BatchReader(batch.subarray(0, batch.length - 1));
  assert.throws(() => new MessageReader(router.topics).read(reader, 0), /a batch ends within a record/);
});
