import { bodyLayout, eventHead, EventType, numberBytes } from "../events/event-type.ts";
import { eventEnd, readEvent } from "../events/stored-event.ts";
import type { Restored } from "../level/restore.ts";
import type { StoreWriter } from "../level/store-writer.ts";

/** Knows at which place each session of the store is, and the largest numbers that were given. */
export class Owners {
  lastSession = 0;
  lastBody = 0;
  readonly #places: number;
  #gathers = false;
  readonly #bySession = new Map<number, number>();

  constructor(places: number) {
    this.#places = places;
  }

  /** What the store says, before anything is read. A session that was never at a place gets one by its number. */
  async read(writer: StoreWriter): Promise<void> {
    // What was on its way to a session that moves may stand at its old place and at its new one: then one shard gets
    // everything, so that it can record what it leads to in one stroke.
    this.#gathers = await writer.hasMarks();
    await writer.presences((session, place) => {
      if (place !== null) this.#bySession.set(session, this.#gathers ? 0 : place);
    });
  }

  /** Place of the shard that gets what was on its way to `place` when the process ended. */
  heirOf(place: number): number {
    return this.#gathers ? 0 : place % this.#places;
  }

  /** Takes over what the first reading of the store has found. */
  found({ lastSession, lastBody }: Pick<Restored, "lastSession" | "lastBody">): void {
    this.#gathers = false;
    this.lastSession = Math.max(this.lastSession, lastSession);
    this.lastBody = Math.max(this.lastBody, lastBody);
  }

  of(session: number): number {
    const place = this.#bySession.get(session);
    if (place !== undefined) return place;
    const chosen = this.#gathers ? 0 : session % this.#places;
    this.#bySession.set(session, chosen);
    return chosen;
  }

  /** The shard at `place` is about to make these events safe. */
  note(events: Buffer, place: number): void {
    for (let at = 0, end = 0; at < events.length; at = end) {
      end = eventEnd(events, at, events.length);
      switch (events[at] as EventType) {
        case EventType.session:
          this.#noteSession(events.readUIntBE(at + eventHead, numberBytes), place);
          break;
        case EventType.presence: {
          const event = readEvent(events, at, end);
          if (event.kind === "presence") this.#noteSession(event.session, event.place ?? place);
          break;
        }
        case EventType.ended:
          this.#bySession.delete(events.readUIntBE(at + eventHead, numberBytes));
          break;
        case EventType.body:
          this.lastBody = Math.max(this.lastBody, events.readUIntBE(at + bodyLayout.body, numberBytes));
          break;
        default:
      }
    }
  }

  #noteSession(session: number, place: number): void {
    this.#bySession.set(session, place);
    this.lastSession = Math.max(this.lastSession, session);
  }
}
