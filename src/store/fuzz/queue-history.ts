import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { ManualClock } from "../../base/mod.ts";
import { EventLog } from "../events/event-log.ts";
import { KeySpace, numberKey, queuedKey } from "../events/store-keys.ts";
import { eventEnd, readEvent, type StoredEvent } from "../events/stored-event.ts";
import { MapStore } from "./map-store.ts";
import { arbitraryPublication, type MessageSample, publicationOf } from "./arbitrary-publication.ts";

type Step =
  | {
      readonly kind: "publish";
      readonly sessions: readonly number[];
      readonly message: MessageSample;
      readonly identifiers: readonly number[];
      readonly live: boolean;
    }
  | { readonly kind: "finish" | "acknowledge"; readonly pick: number }
  | { readonly kind: "seal" };

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      sessions: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
      message: arbitraryPublication,
      identifiers: fc.array(fc.integer({ min: 1, max: 268_435_455 }), { maxLength: 3 }),
      live: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("finish" as const, "acknowledge" as const), pick: fc.nat(99) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "seal" as const }) },
);

/** One message in one queue, in the plain model. */
interface Queued {
  readonly session: number;
  readonly sequence: number;
  readonly body: number;
  readonly handle: number;
  readonly payload: string;
  readonly identifiers: readonly number[];
  acknowledged: boolean;
}

class History {
  readonly #log = new EventLog(new ManualClock());
  readonly #store = new MapStore();
  readonly #sequences = new Map<number, number>();
  #queue: Queued[] = [];

  run(step: Step): void {
    if (step.kind === "publish") this.#publish(step);
    else if (step.kind === "seal") this.seal();
    else this.#progress(step.kind, step.pick);
  }

  #publish({ sessions, message, identifiers, live }: Extract<Step, { kind: "publish" }>): void {
    const publication = publicationOf(message);
    for (const session of sessions) {
      const sequence = (this.#sequences.get(session) ?? 0) + 1;
      this.#sequences.set(session, sequence);
      const { entry } = this.#log;
      Object.assign(entry, { session, sequence, qos: 1, retain: false, live, awaited: true, storedBytes: 7 });
      entry.identifiers = identifiers.length === 0 ? null : identifiers;
      const handle = this.#log.queued(publication);
      const payload = publication.payload.toString("hex");
      const body = this.#log.lastBody;
      this.#queue.push({ session, sequence, body, handle, payload, identifiers, acknowledged: false });
    }
  }

  #progress(kind: "finish" | "acknowledge", pick: number): void {
    const queued = this.#queue[pick % Math.max(1, this.#queue.length)];
    if (queued === undefined) return;
    const { session, sequence, handle } = queued;
    const body = queued.acknowledged ? 0 : queued.body;
    if (kind === "acknowledge") {
      if (queued.acknowledged) return;
      this.#log.acknowledged(session, sequence, body);
      queued.acknowledged = true;
      return;
    }
    if (queued.acknowledged || !this.#log.takeBack(handle)) this.#log.finished(session, sequence, body);
    this.#queue = this.#queue.filter((other) => other !== queued);
  }

  seal(): void {
    const { bytes } = this.#log.seal();
    this.#store.apply(bytes);
    this.#log.recycle();
    this.#check();
  }

  #check(): void {
    const wanted = this.#queue.map(({ session, sequence }) => queuedKey(session, sequence).toString("hex"));
    assert.deepEqual(this.#store.keys(KeySpace.queued).toSorted(), wanted.toSorted());
    const held = new Set<string>();
    for (const queued of this.#queue) {
      const value = this.#store.entries.get(queuedKey(queued.session, queued.sequence).toString("hex"));
      assert.ok(value !== undefined);
      const events = eventsOf(value);
      if (queued.acknowledged) {
        assert.deepEqual(
          events.map(({ kind }) => kind),
          ["acknowledged"],
        );
        continue;
      }
      const entry = events.at(-1);
      assert.ok(entry?.kind === "queued");
      assert.deepEqual(entry.identifiers ?? [], queued.identifiers);
      const key = numberKey(KeySpace.body, queued.body).toString("hex");
      const [body] = events.length === 2 ? events : eventsOf(this.#store.entries.get(key) ?? assert.fail("no body"));
      assert.ok(body?.kind === "body");
      assert.equal(body.body, queued.body);
      assert.ok(body.message.toString("hex").endsWith(queued.payload));
      if (events.length === 1) held.add(key);
    }
    // A body that nobody needs takes no room.
    assert.deepEqual(this.#store.keys(KeySpace.body).toSorted(), [...held].toSorted());
  }
}

/** All events in these bytes. */
export function eventsOf(bytes: Buffer): StoredEvent[] {
  const events: StoredEvent[] = [];
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = eventEnd(bytes, at, bytes.length);
    events.push(readEvent(bytes, at, end));
  }
  return events;
}

function checkHistory(steps: readonly Step[]): void {
  const history = new History();
  for (const step of steps) history.run(step);
  history.seal();
}

/** Whatever is queued, taken back, acknowledged and finished: the store holds what is left, and each body once. */
export function run(budget: FuzzBudget): number {
  return fuzz(fc.property(fc.array(arbitraryStep, { maxLength: 80, size: "max" }), checkHistory), budget);
}

if (import.meta.main) fuzzFromCommandLine("store/queue-history", run);
