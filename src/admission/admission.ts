import { Limit, type Statistics } from "../session/mod.ts";
import { type Ban, type BanTerms, Bans } from "./bans.ts";
import { networkOf } from "./network-of.ts";
import { Overload, type OverloadTerms } from "./overload.ts";

/** What a broker asks of everybody who knocks, whatever listener it is. */
export interface AdmissionTerms {
  /** Failed logins, by address. */
  readonly logins: BanTerms;
  /** Connections of one client, by client identifier: one that comes again and again. */
  readonly flapping: BanTerms;
  readonly overload: OverloadTerms;
}

/** What somebody is banned for: failed logins of an address, or a client that connects too often. */
export type BanOf = "logins" | "flapping";

const sweepMilliseconds = 60_000;

/** Decides, before anything is spent on them, whether strangers are listened to. */
export class Admission {
  readonly overload: Overload;
  /** Tells the other shards of a failed login from this network. Set where there are several. */
  onFailedLogin: (network: string) => void = () => {};
  /** Tells the other shards that this client has connected. Set where there are several. */
  onOpened: (clientId: string) => void = () => {};
  readonly #statistics: Statistics;
  readonly #logins: Bans | null;
  readonly #flapping: Bans | null;
  #nextSweep = 0;

  constructor(terms: AdmissionTerms, statistics: Statistics, memoryUsed: () => number) {
    this.overload = new Overload(terms.overload, memoryUsed);
    this.#statistics = statistics;
    this.#logins = terms.logins.offencesMax === 0 ? null : new Bans(terms.logins);
    this.#flapping = terms.flapping.offencesMax === 0 ? null : new Bans(terms.flapping);
  }

  /** False while new connections would make those that are there suffer. */
  acceptsConnections(): boolean {
    const { memoryOver, loopLate } = this.overload;
    if (memoryOver) this.#statistics.reached(Limit.memory);
    else if (loopLate) this.#statistics.reached(Limit.eventLoop);
    return !memoryOver && !loopLate;
  }

  /** True if failed logins are counted, so that the other methods need an address. */
  get countsLogins(): boolean {
    return this.#logins !== null;
  }

  /** True if the address is banned for its failed logins. */
  isBanned(address: string, now: number): boolean {
    if (this.#logins === null || !this.#logins.isBanned(networkOf(address), now)) return false;
    this.#statistics.reached(Limit.bannedAddress);
    return true;
  }

  /** A login failed; true if the address is banned from now on. */
  failedLogin(address: string, now: number): boolean {
    if (this.#logins === null) return false;
    const network = networkOf(address);
    this.onFailedLogin(network);
    return this.#logins.offend(network, now);
  }

  /** A login from this network failed on another shard. */
  failedLoginElsewhere(network: string, now: number): void {
    this.#logins?.offend(network, now);
  }

  /** A client has connected to another shard. */
  openedElsewhere(clientId: string, now: number): void {
    this.#flapping?.offend(clientId, now);
  }

  /** A client has been authenticated; false if it comes too often and is shut out. */
  mayOpen(clientId: string, now: number): boolean {
    if (this.#flapping === null) return true;
    if (!this.#flapping.isBanned(clientId, now)) {
      this.onOpened(clientId);
      if (!this.#flapping.offend(clientId, now)) return true;
    }
    this.#statistics.reached(Limit.flapping);
    return false;
  }

  /** Tells of every ban that lasts, for a shard that knows nothing yet. */
  tellBans(now: number, tell: (of: BanOf, ban: Ban) => void): void {
    for (const ban of this.#logins?.banned(now) ?? []) tell("logins", ban);
    for (const ban of this.#flapping?.banned(now) ?? []) tell("flapping", ban);
  }

  /** Another shard has told of a ban that lasts. */
  bannedElsewhere(of: BanOf, ban: Ban, now: number): void {
    (of === "logins" ? this.#logins : this.#flapping)?.adopt(ban, now);
  }

  /** At every tick of the broker; `lateMilliseconds` is how late it comes. */
  tick(now: number, lateMilliseconds: number): void {
    this.overload.look(lateMilliseconds);
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + sweepMilliseconds;
    this.#logins?.sweep(now);
    this.#flapping?.sweep(now);
  }
}
