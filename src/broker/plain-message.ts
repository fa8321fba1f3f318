import type { Client, OutgoingMessage, ReadonlyMessage } from "../hooks/mod.ts";
import type { Properties, Qos } from "../protocol/mod.ts";
import { plainClient } from "./plain-client.ts";

/** A message as plain values, on its way to another thread. */
export interface PlainMessage {
  readonly client: Client | null;
  readonly publisherId: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly properties: Readonly<Properties>;
}

/** Copies the message: it may be sent to another thread. */
export function plainMessage(message: ReadonlyMessage): PlainMessage {
  const { publisherId, topic, payload, qos, retain, properties } = message;
  const client = message.client === null ? null : plainClient(message.client);
  return { client, publisherId, topic, payload, qos, retain, properties: { ...properties } };
}

/** The message as hooks see one, from what another thread has sent. */
export function readMessage(message: PlainMessage): ReadonlyMessage {
  const { buffer, byteOffset, byteLength } = message.payload;
  const payload = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  return Object.freeze({ ...message, payload, payloadBytes: byteLength });
}

/** What is to be published, so that it can be sent to another thread. */
export function plainOutgoing(message: OutgoingMessage): OutgoingMessage {
  const { topic, payload, qos, retain, properties, publisherId } = message;
  return {
    topic,
    ...(payload === undefined ? {} : { payload }),
    ...(qos === undefined ? {} : { qos }),
    ...(retain === undefined ? {} : { retain }),
    ...(properties === undefined ? {} : { properties: { ...properties } }),
    ...(publisherId === undefined ? {} : { publisherId }),
  };
}
