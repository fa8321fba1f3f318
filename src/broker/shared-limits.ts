import type { Admission, Ban, Gate } from "../admission/mod.ts";
import type { News } from "../cluster/mod.ts";
import type { SessionRegistry, Statistics } from "../session/mod.ts";

/** What {@link SharedLimits} work with. */
export interface SharedLimitsParts {
  readonly news: News;
  readonly statistics: Statistics;
  readonly sessions: SessionRegistry;
  readonly admission: Admission;
  /** Monotonic milliseconds of this turn. */
  readonly now: () => number;
  /** Makes sure that the turn ends. */
  readonly wake: () => void;
}

/** What is told: numbers of the shard by name, connections of a listener, offences, and bans that last. */
const Kind = {
  gauge: 0,
  gate: 1,
  network: 2,
  connect: 3,
  failedLogin: 4,
  opened: 5,
  bannedLogins: 6,
  bannedFlapping: 7,
} as const;

/** Numbers that count towards limits of the whole broker: those that are told at once, and those of bytes. */
const counts = ["connections", "sessions"] as const;
const bytes = ["queuedBytes", "strangerBytes"] as const;
type Gauge = (typeof counts)[number] | (typeof bytes)[number];

/** Between the name of a listener and a network, or the number of bans and who is banned. */
const separator = "\0";

/**
 * Limits that are one broker's though its shards count by themselves. Each tells the others what it has, at the end of
 * the turn in which that has changed (bytes: ten times a second); who was told counts it as well. So a limit may be
 * exceeded by what several shards let in within the same turn, and by no more.
 */
export class SharedLimits {
  readonly #parts: SharedLimitsParts;
  readonly #gates = new Map<string, Gate>();
  /** What each other shard has told last. */
  readonly #known = new Map<number, Map<string, number>>();
  readonly #told = new Map<Gauge, number>();

  constructor(parts: SharedLimitsParts) {
    const { news, admission, wake } = parts;
    this.#parts = parts;
    news.onNews = (from, kind, name, value) => this.#receive(from, kind, name, value);
    news.onJoined = () => this.#tellAll();
    news.onGone = (shard) => this.#forget(shard);
    const offence = (kind: number) => (name: string) => {
      news.tell(kind, name, 1);
      wake();
    };
    admission.onFailedLogin = offence(Kind.failedLogin);
    admission.onOpened = offence(Kind.opened);
  }

  /** A listener's gate counts for all shards from now on. */
  add(name: string, gate: Gate): void {
    this.#gates.set(name, gate);
    const { news } = this.#parts;
    gate.teller = {
      connections: (network, count) => {
        if (network === null) news.tell(Kind.gate, name, count);
        else news.tell(Kind.network, `${name}${separator}${network}`, count);
      },
      connect: () => news.tell(Kind.connect, name, 1),
    };
  }

  endTurn(): void {
    for (const gauge of counts) this.#tell(gauge);
  }

  onTick(): void {
    this.endTurn();
    for (const gauge of bytes) this.#tell(gauge);
  }

  #value(gauge: Gauge): number {
    const { statistics, sessions } = this.#parts;
    return gauge === "sessions" ? sessions.size : statistics[gauge];
  }

  #tell(gauge: Gauge): void {
    const value = this.#value(gauge);
    if (this.#told.get(gauge) === value) return;
    this.#told.set(gauge, value);
    this.#parts.news.tell(Kind.gauge, gauge, value);
  }

  #tellAll(): void {
    this.#told.clear();
    for (const gate of this.#gates.values()) gate.tellAll();
    this.onTick();
    // Who takes the place of a shard that crashed did not see the offences.
    const { admission, news, now } = this.#parts;
    admission.tellBans(now(), (of, { name, milliseconds, bans }) => {
      const kind = of === "logins" ? Kind.bannedLogins : Kind.bannedFlapping;
      news.tell(kind, `${bans}${separator}${name}`, milliseconds);
    });
  }

  #receive(from: number, kind: number, name: string, value: number): void {
    const { admission, now } = this.#parts;
    switch (kind) {
      case Kind.failedLogin:
        return admission.failedLoginElsewhere(name, now());
      case Kind.opened:
        return admission.openedElsewhere(name, now());
      case Kind.connect:
        return this.#gates.get(name)?.connectElsewhere(now());
      case Kind.bannedLogins:
        return admission.bannedElsewhere("logins", banOf(name, value), now());
      case Kind.bannedFlapping:
        return admission.bannedElsewhere("flapping", banOf(name, value), now());
      default: {
        const known = this.#known.get(from) ?? new Map<string, number>();
        this.#known.set(from, known);
        const key = `${kind}${separator}${name}`;
        this.#apply(kind, name, value - (known.get(key) ?? 0));
        if (value === 0) known.delete(key);
        else known.set(key, value);
      }
    }
  }

  #forget(shard: number): void {
    for (const [key, value] of this.#known.get(shard) ?? []) {
      const end = key.indexOf(separator);
      this.#apply(Number(key.slice(0, end)), key.slice(end + 1), -value);
    }
    this.#known.delete(shard);
  }

  #apply(kind: number, name: string, more: number): void {
    if (kind === Kind.gauge) {
      this.#parts.statistics.elsewhere[name as Gauge] += more;
      return;
    }
    const end = kind === Kind.gate ? name.length : name.indexOf(separator);
    const network = kind === Kind.gate ? null : name.slice(end + 1);
    this.#gates.get(name.slice(0, end))?.connectionsElsewhere(network, more);
  }
}

function banOf(text: string, milliseconds: number): Ban {
  const end = text.indexOf(separator);
  return { name: text.slice(end + 1), milliseconds, bans: Number(text.slice(0, end)) };
}
