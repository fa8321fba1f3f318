import type { Client, EventOf, ObservingPoint, ReadonlyMessage } from "../hooks/mod.ts";
import { plainClient } from "./plain-client.ts";
import { type PlainMessage, plainMessage, readMessage } from "./plain-message.ts";

/** What observers are told, as plain values on their way to another thread. */
export type PlainEvent = Readonly<Record<string, unknown>>;

/** Copies what observers are told; client and message are the only parts of it that are more than values. */
export function plainEvent(event: EventOf<ObservingPoint>): PlainEvent {
  const { client, message, ...values } = event as unknown as PlainEvent;
  return {
    ...values,
    ...(client === undefined ? {} : { client: plainClient(client as Client) }),
    ...(message === undefined ? {} : { message: message === null ? null : plainMessage(message as ReadonlyMessage) }),
  };
}

/** What observers are told, from what another thread has sent. */
export function readEvent<Name extends ObservingPoint>(event: PlainEvent): EventOf<Name> {
  const { message } = event;
  const read = message === undefined || message === null ? {} : { message: readMessage(message as PlainMessage) };
  return Object.freeze({ ...event, ...read }) as unknown as EventOf<Name>;
}
