/** When somebody is shut out, and for how long. */
export interface BanTerms {
  /** So many offences within the window, and the next one is not looked at; 0: never. */
  readonly offencesMax: number;
  readonly windowMilliseconds: number;
  /** How long the first ban lasts; each further one lasts twice as long as the one before. */
  readonly banMilliseconds: number;
  readonly banMillisecondsMax: number;
}

/** Somebody is shut out. */
export interface Ban {
  readonly name: string;
  /** How long it still lasts. */
  readonly milliseconds: number;
  /** Bans so far, this one included. */
  readonly bans: number;
}

interface Record {
  /** When each offence of the window happened, oldest first; at most `offencesMax`. */
  offences: number[];
  bannedUntil: number;
  /** Bans so far; forgotten when nothing happened for as long as a ban may last. */
  bans: number;
  lastAt: number;
}

/** Offenders remembered at once. A stranger with more addresses than this pushes out his own oldest ones. */
const recordsMax = 65_536;

/** Counts offences by name (an address, a client identifier) and bans who has too many, longer each time. */
export class Bans {
  readonly #terms: BanTerms;
  readonly #records = new Map<string, Record>();

  constructor(terms: BanTerms) {
    this.#terms = terms;
  }

  /** Names remembered. */
  get size(): number {
    return this.#records.size;
  }

  isBanned(name: string, now: number): boolean {
    const record = this.#records.get(name);
    return record !== undefined && now < record.bannedUntil;
  }

  /** Notes an offence; true if it was one too many and the name is banned from now on. */
  offend(name: string, now: number): boolean {
    const { offencesMax, windowMilliseconds, banMilliseconds, banMillisecondsMax } = this.#terms;
    const record = this.#recordOf(name, now);
    if (now - record.lastAt > banMillisecondsMax) record.bans = 0;
    record.lastAt = now;
    while (record.offences.length > 0 && now - (record.offences[0] as number) >= windowMilliseconds) {
      record.offences.shift();
    }
    record.offences.push(now);
    if (record.offences.length < offencesMax) return false;
    record.offences = [];
    record.bannedUntil = now + Math.min(banMilliseconds * 2 ** Math.min(record.bans, 30), banMillisecondsMax);
    record.bans++;
    return true;
  }

  /** Those who are banned now. */
  *banned(now: number): IterableIterator<Ban> {
    for (const [name, { bannedUntil, bans }] of this.#records) {
      if (now < bannedUntil) yield { name, milliseconds: bannedUntil - now, bans };
    }
  }

  /** Somebody else has banned the name: it is so here too. */
  adopt({ name, milliseconds, bans }: Ban, now: number): void {
    const record = this.#recordOf(name, now);
    record.lastAt = now;
    record.bannedUntil = Math.max(record.bannedUntil, now + milliseconds);
    record.bans = Math.max(record.bans, bans);
  }

  /** Forgets who did nothing for as long as a ban may last. */
  sweep(now: number): void {
    const idle = Math.max(this.#terms.banMillisecondsMax, this.#terms.windowMilliseconds);
    for (const [name, { lastAt }] of this.#records) {
      // The map is in the order of the last offences.
      if (now - lastAt <= idle) return;
      this.#records.delete(name);
    }
  }

  #recordOf(name: string, now: number): Record {
    const known = this.#records.get(name);
    if (known !== undefined) {
      // To the end: the order is that of the last offences.
      this.#records.delete(name);
      this.#records.set(name, known);
      return known;
    }
    if (this.#records.size >= recordsMax) {
      const [oldest] = this.#records.keys();
      if (oldest !== undefined) this.#records.delete(oldest);
    }
    const record = { offences: [], bannedUntil: 0, bans: 0, lastAt: now };
    this.#records.set(name, record);
    return record;
  }
}
