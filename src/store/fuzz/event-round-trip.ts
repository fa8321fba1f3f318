import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { ManualClock, WorldError } from "../../base/mod.ts";
import { EventLog } from "../events/event-log.ts";
import { LastTopic, type MessageReading, readMessage } from "../events/message-bytes.ts";
import type { StoredEvent } from "../events/stored-event.ts";
import { arbitraryPublication, publicationOf } from "./arbitrary-publication.ts";
import { MapStore } from "./map-store.ts";
import { eventsOf } from "./queue-history.ts";

const number = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const text = fc.string({ unit: "grapheme", maxLength: 40 });

/** Records something, and says what is to be read then. */
type Recorded = (log: EventLog) => Record<string, unknown>;

const arbitraryRecord: fc.Arbitrary<Recorded> = fc.oneof(
  fc.tuple(number, text, uint32).map(([session, clientId, expirySeconds]): Recorded => (log) => {
    log.session(session, clientId, expirySeconds);
    return { kind: "session", session, clientId, expirySeconds };
  }),
  fc.tuple(number, number, number, uint16).map(([session, offlineSince, sentTo, quota]): Recorded => (log) => {
    log.presence(session, offlineSince, sentTo, quota);
    return { kind: "presence", session, offlineSince, sentTo, quota, place: null };
  }),
  fc.tuple(number, number, number, uint16).map(([session, offlineSince, sentTo, place]): Recorded => (log) => {
    log.handedOver(session, offlineSince, sentTo, place);
    return { kind: "presence", session, offlineSince, sentTo, quota: 0, place };
  }),
  fc
    .tuple(fc.array(uint16, { maxLength: 5 }), fc.nat(255), fc.uint8Array({ maxLength: 30 }), arbitraryPublication)
    .map(([places, what, bytes, message]): Recorded => (log) => {
      const terms = Buffer.from(bytes);
      log.transit(places, { what, terms, publication: publicationOf(message) });
      return { kind: "transit", from: 0, places, what, terms, message };
    }),
  fc
    .tuple(number, number, uint16, uint16, number)
    .map(([session, moment, old, next, arrivesBehind]): Recorded => (log) => {
      log.mark(session, moment, { old, new: next, arrivesBehind });
      const terms = Buffer.alloc(20);
      terms.writeUIntBE(session, 0, 6);
      terms.writeDoubleBE(moment, 6);
      terms.writeUIntBE(arrivesBehind, 14, 6);
      return { kind: "mark", from: 0, places: [old, next], what: 0, terms, message: null };
    }),
  fc.tuple(number, number).map(([session, moment]): Recorded => (log) => {
    log.unmarked(session, moment, 3);
    return { kind: "unmarked", session, moment };
  }),
  fc.tuple(uint16, number, number, arbitraryPublication).map(([place, own, due, message]): Recorded => (log) => {
    log.delayed({ place, number: own }, due, publicationOf(message));
    return { kind: "delayed", place, number: own, due, message };
  }),
  fc.tuple(uint16, number).map(([place, own]): Recorded => (log) => {
    log.undelayed({ place, number: own });
    return { kind: "undelayed", place, number: own };
  }),
  fc.tuple(uint16, number).map(([place, transit]): Recorded => (log) => {
    log.delivered(place, transit);
    return { kind: "delivered", place, number: transit };
  }),
  fc.tuple(number, text, fc.nat(255), uint32).map(([session, filter, options, identifier]): Recorded => (log) => {
    log.subscribed(session, filter, options, identifier);
    return { kind: "subscribed", session, filter, options, identifier };
  }),
  fc.tuple(number, text).map(([session, filter]): Recorded => (log) => {
    log.unsubscribed(session, filter);
    return { kind: "unsubscribed", session, filter };
  }),
  fc.tuple(number, number, number, fc.boolean()).map(([session, sequence, body, whole]): Recorded => (log) => {
    if (whole) log.finished(session, sequence, body);
    else log.acknowledged(session, sequence, body);
    return { kind: whole ? "finished" : "acknowledged", session, sequence, body };
  }),
  fc.tuple(number, uint16, fc.boolean()).map(([session, packetId, taken]): Recorded => (log) => {
    if (taken) log.taken(session, packetId);
    else log.released(session, packetId);
    return { kind: taken ? "taken" : "released", session, packetId };
  }),
  fc.tuple(number, fc.boolean()).map(([session, all]): Recorded => (log) => {
    if (all) log.ended(session);
    else log.willGone(session);
    return { kind: all ? "ended" : "willGone", session };
  }),
  fc.tuple(number, uint32, arbitraryPublication).map(([session, delaySeconds, message]): Recorded => (log) => {
    log.will(session, publicationOf(message), delaySeconds);
    return { kind: "will", session, delaySeconds, message };
  }),
  arbitraryPublication.map((message): Recorded => (log) => {
    log.retained(publicationOf(message));
    return { kind: "retained", message };
  }),
  text.map((topic): Recorded => (log) => {
    log.cleared(Buffer.from(topic));
    return { kind: "cleared", topic };
  }),
);

function checkEvent(event: StoredEvent, wanted: Record<string, unknown>, topics: LastTopic | null): void {
  if (!("message" in event)) {
    assert.deepEqual({ ...event }, wanted);
    return;
  }
  const { message, ...rest } = wanted;
  const { message: bytes, ...read } = event;
  assert.deepEqual(read, rest);
  if (message === null) {
    assert.equal(bytes.length, 0);
    return;
  }
  const publication = readMessage(bytes, 0, bytes.length, {
    monotonicOf: (wall) => wall - new ManualClock().wallTime(),
    topics,
  });
  assert.deepEqual(
    {
      topic: String(publication.topic.name),
      payload: new Uint8Array(publication.payload),
      properties: new Uint8Array(publication.bytes.subarray(publication.propertiesStart, publication.propertiesEnd)),
      qos: publication.qos,
      retain: publication.retain,
      expiry: publication.messageExpiryInterval,
      publisherId: publication.publisherId,
    },
    { ...(message as object) },
  );
  assert.equal(publication.receivedAt, 0);
}

function checkRecords(records: readonly Recorded[]): void {
  const log = new EventLog(new ManualClock());
  const wanted = records.map((record) => record(log));
  const { bytes } = log.seal();
  const events = eventsOf(bytes);
  assert.equal(events.length, wanted.length);
  for (const topics of [null, new LastTopic()]) {
    for (const [index, event] of events.entries()) checkEvent(event, wanted[index] as Record<string, unknown>, topics);
  }
}

const asItIs: MessageReading = { monotonicOf: (wall) => wall, topics: null };

/** Any bytes are events, or a damaged store: never anything else. */
function checkBytes(bytes: Uint8Array): void {
  const damaged = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      assert.ok(error instanceof WorldError && error.code === "store_damaged", String(error));
    }
  };
  const buffer = Buffer.from(bytes);
  damaged(() => new MapStore().apply(buffer));
  damaged(() => {
    for (const event of eventsOf(buffer)) {
      if ("message" in event) readMessage(event.message, 0, event.message.length, asItIs);
    }
  });
  damaged(() => readMessage(buffer, 0, buffer.length, asItIs));
}

/** Bytes that look like events: types and lengths that could be, then anything. */
const arbitraryBytes = fc
  .array(fc.tuple(fc.nat(22), fc.uint8Array({ maxLength: 60 }), fc.integer({ min: -2, max: 2 })), { maxLength: 8 })
  .map((events) =>
    Buffer.concat(
      events.map(([type, rest, wrong]) => {
        const head = Buffer.alloc(5);
        head[0] = type;
        head.writeUInt32BE(Math.max(0, rest.length + (wrong === 2 ? 1 : 0)), 1);
        return Buffer.concat([head, rest]);
      }),
    ),
  );

/** Every event is read as it was recorded, and bytes that are none are a damaged store. */
export function run(budget: FuzzBudget): number {
  const half = "runs" in budget ? { ...budget } : { ...budget, milliseconds: budget.milliseconds / 2 };
  const recorded = fuzz(fc.property(fc.array(arbitraryRecord, { maxLength: 20 }), checkRecords), half);
  return recorded + fuzz(fc.property(fc.oneof(arbitraryBytes, fc.uint8Array({ maxLength: 99 })), checkBytes), half);
}

if (import.meta.main) fuzzFromCommandLine("store/event-round-trip", run);
