import assert from "node:assert/strict";
import fc from "fast-check";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import type { TopicFilter } from "../../protocol/mod.ts";
import { type FilterNode, makeSubscription } from "../../router/mod.ts";
import type { Publication } from "../../store/mod.ts";
import { Outbox, OutState } from "../outbox.ts";
import { publicationOf } from "./test-publication.ts";

type Step =
  | { readonly kind: "publish"; readonly qos: 1 | 2; readonly retain: boolean; readonly queue: boolean }
  | { readonly kind: "pump"; readonly count: number }
  | { readonly kind: "drop" | "rewind" }
  | { readonly kind: "acknowledge"; readonly pick: number; readonly failed: boolean }
  | { readonly kind: "extract"; readonly modulus: number };

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      qos: fc.constantFrom(1, 2),
      retain: fc.boolean(),
      queue: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pump" as const), count: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("acknowledge" as const), pick: fc.nat(999), failed: fc.boolean() }),
  },
  fc.record({ kind: fc.constantFrom("drop" as const, "rewind" as const) }),
  fc.record({ kind: fc.constant("extract" as const), modulus: fc.integer({ min: 2, max: 5 }) }),
);

/** A message on its way, in the plain model: a list in sending order. */
interface Entry {
  readonly publication: Publication;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  state: OutState;
  packetId: number;
  /** On this connection. */
  sent: boolean;
}

const node: FilterNode = { filter: "a" as TopicFilter, hash: 0 };
const subscriber = { clientId: "s", online: true, load: 0, routeMark: 0, routeIndex: 0, mayReceive: () => true };
const subscription = makeSubscription(subscriber, node, null);

class History {
  readonly #outbox = new Outbox();
  #entries: Entry[] = [];
  #count = 0;

  /** @param before messages that were sent and acknowledged before: identifiers begin behind them */
  constructor(before: number) {
    for (let count = 0; count < before; count++) {
      this.#outbox.finish(this.#outbox.find(this.#outbox.begin(null, subscription, 1, false)));
    }
  }

  run(step: Step): void {
    switch (step.kind) {
      case "publish":
        return this.#publish(step.qos, step.retain, step.queue);
      case "pump":
        for (let count = 0; count < step.count; count++) this.#sendNext();
        return undefined;
      case "drop":
        return this.#drop();
      case "rewind":
        this.#outbox.rewind();
        for (const entry of this.#entries) entry.sent = false;
        return undefined;
      case "acknowledge":
        return this.#acknowledge(step.pick, step.failed);
      case "extract":
        return this.#extract(step.modulus);
    }
  }

  #publish(qos: 1 | 2, retain: boolean, queue: boolean): void {
    const publication = publicationOf("a", String(++this.#count), qos);
    const entry = { publication, qos, retain, state: OutState.queued as OutState, packetId: 0, sent: false };
    if (queue || this.#entries.some(({ sent }) => !sent)) {
      this.#outbox.enqueue(publication, subscription, qos, retain);
    } else {
      this.#given(entry, this.#outbox.begin(publication, subscription, qos, retain));
    }
    this.#entries.push(entry);
  }

  /** An entry was sent with this identifier: nobody else may have it. */
  #given(entry: Entry, packetId: number): void {
    assert.ok(packetId >= 1 && packetId <= 0xffff);
    if (entry.packetId === 0) assert.ok(!this.#entries.some((other) => other.packetId === packetId), "an id twice");
    else assert.equal(packetId, entry.packetId, "what is sent again keeps its identifier");
    if (entry.state === OutState.queued) entry.state = entry.qos === 1 ? OutState.awaitsPuback : OutState.awaitsPubrec;
    entry.packetId = packetId;
    entry.sent = true;
  }

  #sendNext(): void {
    const wanted = this.#entries.find(({ sent }) => !sent);
    const position = this.#outbox.next;
    assert.equal(position >= 0, wanted !== undefined);
    if (wanted === undefined) return;
    this.#checkAt(position, wanted);
    this.#given(wanted, this.#outbox.sendNext(true));
  }

  #drop(): void {
    const wanted = this.#entries.find(({ sent }) => !sent);
    if (wanted?.state !== OutState.queued) return;
    this.#outbox.dropNext();
    this.#entries = this.#entries.filter((entry) => entry !== wanted);
  }

  /** Of what has an identifier, whether it was sent on this connection or not. */
  #acknowledge(pick: number, failed: boolean): void {
    const known = this.#entries.filter(({ packetId }) => packetId > 0);
    const entry = known[pick % Math.max(1, known.length)];
    if (entry === undefined) return;
    const position = this.#outbox.find(entry.packetId);
    this.#checkAt(position, entry);
    if (entry.state === OutState.awaitsPubrec && !failed) {
      this.#outbox.received(position);
      entry.state = OutState.awaitsPubcomp;
    } else {
      this.#outbox.finish(position);
      this.#entries = this.#entries.filter((other) => other !== entry);
    }
  }

  #extract(modulus: number): void {
    const wanted = this.#entries.filter(({ publication, state }) => {
      return state !== OutState.awaitsPubcomp && Number(publication.payload.toString()) % modulus === 0;
    });
    const taken = this.#outbox.extract((position) => {
      return Number(this.#outbox.publication(position)?.payload.toString()) % modulus === 0;
    });
    assert.deepEqual(
      taken.map(({ publication }) => publication),
      wanted.map(({ publication }) => publication),
    );
    this.#entries = this.#entries.filter((entry) => !wanted.includes(entry));
  }

  #checkAt(position: number, entry: Entry): void {
    assert.equal(this.#outbox.state(position), entry.state);
    const publication = entry.state === OutState.awaitsPubcomp ? null : entry.publication;
    assert.equal(this.#outbox.publication(position), publication);
    assert.deepEqual([this.#outbox.qos(position), this.#outbox.retain(position)], [entry.qos, entry.retain]);
    assert.equal(this.#outbox.subscription(position), subscription);
  }

  check(): void {
    const waiting = this.#entries.filter(({ sent }) => !sent);
    const queued = this.#entries.filter(({ state }) => state === OutState.queued);
    assert.equal(this.#outbox.inflight, this.#entries.length - waiting.length);
    assert.equal(this.#outbox.queued, waiting.length);
    assert.equal(
      this.#outbox.queuedBytes,
      queued.reduce((sum, { publication }) => sum + publication.storedBytes, 0),
    );
    for (const entry of this.#entries) {
      if (entry.packetId > 0) this.#checkAt(this.#outbox.find(entry.packetId), entry);
    }
    for (const free of [1, 2, 3, 40, 65_535]) {
      if (!this.#entries.some(({ packetId }) => packetId === free)) assert.equal(this.#outbox.find(free), -1);
    }
  }
}

function checkHistory(before: number, steps: readonly Step[]): void {
  const history = new History(before);
  for (const step of steps) {
    history.run(step);
    history.check();
  }
}

/** The ring of a session's messages behaves like a plain list, whatever is sent, acknowledged, dropped, sent again. */
export function run(budget: FuzzBudget): number {
  const steps = fc.array(arbitraryStep, { maxLength: 150, size: "max" });
  // Now and then the identifiers are near their end.
  const before = fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 65_500, max: 65_540 }));
  return fuzz(fc.property(before, steps, checkHistory), budget);
}

if (import.meta.main) fuzzFromCommandLine("session/outbox-history", run);
