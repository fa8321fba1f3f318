import { damaged } from "../events/damaged.ts";
import { EventType, numberBytes, queuedLayout } from "../events/event-type.ts";
import { eventEnd } from "../events/stored-event.ts";

/** What a start needs to know of an entry of a queue. */
export function summaryOf(value: Buffer): { readonly storedBytes: number; readonly body: number } {
  let at = 0;
  let end = eventEnd(value, 0, value.length);
  if (value[0] === EventType.body) {
    at = end;
    end = eventEnd(value, at, value.length);
  }
  if (value[at] === EventType.acknowledged) {
    return { storedBytes: 0, body: 0 };
  }
  if (value[at] !== EventType.queued || end !== value.length) throw damaged("an entry of a queue is something else");
  return {
    storedBytes: value.readUInt32BE(at + queuedLayout.storedBytes),
    body: value.readUIntBE(at + queuedLayout.body, numberBytes),
  };
}
