import fc from "fast-check";
import { type Qos, topicName } from "../../protocol/mod.ts";
import { Publication } from "../publication.ts";

/** What a publication is made of, in a form that a failure can show. */
export interface MessageSample {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly properties: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly expiry: number;
  readonly publisherId: string;
}

/** Any publication; its properties are bytes that nobody looks into. */
export const arbitraryPublication: fc.Arbitrary<MessageSample> = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }).map((text) => text.replaceAll(/[#+\0]/g, "x")),
  payload: fc.uint8Array({ maxLength: 200 }),
  properties: fc.uint8Array({ maxLength: 60 }),
  qos: fc.constantFrom(0, 1, 2),
  retain: fc.boolean(),
  expiry: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 0xffff_ffff })),
  publisherId: fc.string({ maxLength: 20, unit: "grapheme" }),
});

/** The publication itself. */
export function publicationOf(sample: MessageSample): Publication {
  return new Publication({
    topic: { name: topicName(sample.topic), bytes: Buffer.from(sample.topic) },
    payload: sample.payload,
    properties: Buffer.from(sample.properties),
    qos: sample.qos,
    retain: sample.retain,
    messageExpiryInterval: sample.expiry,
    receivedAt: 0,
    publisherId: sample.publisherId,
  });
}
