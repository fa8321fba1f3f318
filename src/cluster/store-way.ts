import type { TopicFilter } from "../protocol/mod.ts";
import type { RemoteInterest, Router } from "../router/mod.ts";
import type { Dispatcher, SharedVisit } from "../session/mod.ts";
import type { Publication, SessionMove, SharedJournal, Transit } from "../store/mod.ts";
import { BatchReader } from "./batch-reader.ts";
import { BatchWriter } from "./batch-writer.ts";
import type { MessageSource } from "./message-source.ts";
import { readVisit, writeVisit } from "./visit-record.ts";

/** What one shard gives another through the store. */
export const Cargo = {
  /** A message, for all subscribers. */
  forward: 1,
  /** A retained message, for those that are lasting: the others have it by the mesh. */
  retained: 2,
  /** A message for one member of a shared group. Terms: times that nobody took it(1), filter, ShareName, visit. */
  handOn: 3,
} as const;

/** What a {@link StoreWay} works with. */
export interface StoreWayParts {
  readonly journal: SharedJournal;
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly interest: RemoteInterest;
  readonly source: MessageSource;
  /** The sender has said that the session, by its number in the store, moves; `source` names it. */
  readonly onMoved: (source: number, session: number, moment: number) => void;
}

/** Times that a message for a member of a group comes once more where nobody could take it. */
const triesMax = 100;

interface GroupName {
  readonly filter: string;
  readonly shareName: string;
}

/** The terms of {@link Cargo.handOn}. */
interface HandOn {
  readonly group: GroupName;
  readonly tries: number;
  readonly visit: SharedVisit;
}

/** Reads the terms of {@link Cargo.handOn}. */
export function readHandOn(terms: Buffer): HandOn {
  const reader = new BatchReader(terms);
  const tries = reader.byte();
  const group = { filter: reader.text(), shareName: reader.text() };
  return { group, tries, visit: readVisit(reader) };
}

/** What messages of a place are called that come through the store: no shard has such a number. */
export function storeSource(place: number): number {
  return -1 - place;
}

/**
 * The way from shard to shard that leads through the store, for what must not be lost: messages that lasting sessions
 * of other shards wait for. The sender records the message with everything else that the publisher's acknowledgement
 * promises; when that is safe it sets out, and the receiver forgets it in the same stroke in which it records what it
 * led to. So a crash, of a shard or of all, neither loses nor doubles it.
 */
export class StoreWay {
  readonly #parts: StoreWayParts;
  readonly #writer = new BatchWriter();
  /** How often the message that is handed on now found nobody. */
  #tries = 0;

  constructor(parts: StoreWayParts) {
    this.#parts = parts;
    parts.journal.onTransit = (transit) => this.#take(transit);
  }

  /** Where a shard stands among those that share the store: its successor, if it crashes, stands there too. */
  placeOf(shard: number): number {
    return shard % this.#parts.journal.places;
  }

  /** True for a message that must not be lost on its way. */
  takes(publication: Publication): boolean {
    return publication.durable && publication.qos > 0;
  }

  forward(publication: Publication, shards: readonly number[]): void {
    this.#send(shards, Cargo.forward, publication);
  }

  retained(publication: Publication, shards: readonly number[]): void {
    if (shards.length > 0) this.#send(shards, Cargo.retained, publication);
  }

  handOn(publication: Publication, shard: number, group: GroupName, visit: SharedVisit): void {
    this.#handOn(publication, shard, { group, tries: this.#tries, visit });
  }

  #handOn(publication: Publication, shard: number, { group, tries, visit }: HandOn): void {
    this.#writer.byte(tries);
    this.#writer.text(group.filter);
    this.#writer.text(group.shareName);
    writeVisit(this.#writer, visit);
    this.#send([shard], Cargo.handOn, publication);
  }

  /** From here on what this shard has for the session is its new place's. @param shards the old one and the new one */
  moved(session: number, moment: number, shards: SessionMove): void {
    const places = { old: this.placeOf(shards.old), new: this.placeOf(shards.new) };
    this.#parts.journal.log.mark(session, moment, { ...shards, ...places });
  }

  /** The session has come. */
  arrived(session: number, moment: number): void {
    const { log, places } = this.#parts.journal;
    log.unmarked(session, moment, places);
  }

  /**
   * Begins to take in what others have for this shard.
   * @param handOns what was left for members of groups when the process ended
   */
  begin(handOns: readonly Transit[]): void {
    for (const transit of handOns) this.#take(transit);
    this.#parts.journal.takeTransits();
  }

  #send(shards: readonly number[], what: number, publication: Publication): void {
    const terms = Buffer.from(this.#writer.take());
    const places = new Set(shards.map((shard) => this.placeOf(shard)));
    this.#parts.journal.log.transit([...places], { what, terms, publication });
  }

  #take({ place, number, from, isMark, what, terms, publication }: Transit): void {
    const { source, journal } = this.#parts;
    const own = source.shard;
    source.shard = storeSource(from);
    if (publication !== null) this.#deliver(what, terms, publication);
    else if (isMark) this.#parts.onMoved(storeSource(from), terms.readUIntBE(0, 6), terms.readDoubleBE(6));
    source.shard = own;
    journal.log.delivered(place, number);
  }

  #deliver(what: number, terms: Buffer, publication: Publication): void {
    const { dispatcher, router, interest } = this.#parts;
    const topic = router.topics.findName(publication.topic.name);
    if (what === Cargo.handOn) {
      const { group: name, tries, visit } = readHandOn(terms);
      const group = interest.named(name.filter as TopicFilter, name.shareName);
      publication.durable = true;
      this.#tries = tries;
      // Its members may be on their way between shards: then it comes once more, after a commit.
      const again = group !== null && tries < triesMax;
      if (!again) dispatcher.deliverHandedOn(publication, group, visit);
      else if (!dispatcher.takeHandedOn(publication, group, visit)) this.#again(publication, group, tries + 1);
      this.#tries = 0;
    } else {
      dispatcher.deliverForwarded(publication, topic, what === Cargo.retained ? "lasting" : "all");
    }
  }

  #again(publication: Publication, group: GroupName, tries: number): void {
    const visit: SharedVisit = { kind: "online", position: -1, tried: [], rounds: 0 };
    this.#handOn(publication, this.#parts.journal.log.place ?? 0, { group, tries, visit });
  }
}
