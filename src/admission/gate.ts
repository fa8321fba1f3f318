import { Limit, type Statistics } from "../session/mod.ts";
import { networkOf } from "./network-of.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How many may come in by one listener; 0: as many as want to. */
export interface GateTerms {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly connectsPerSecond: number;
}

/** Counts who comes in by one listener. */
export class Gate {
  readonly #terms: GateTerms;
  readonly #statistics: Statistics;
  readonly #rate: TokenBucket | null;
  readonly #byNetwork = new Map<string, number>();
  #connections = 0;

  constructor(terms: GateTerms, statistics: Statistics, now: number) {
    this.#terms = terms;
    this.#statistics = statistics;
    this.#rate = terms.connectsPerSecond === 0 ? null : new TokenBucket(terms.connectsPerSecond, now);
  }

  /** Connections that came in by it and are open. */
  get connections(): number {
    return this.#connections;
  }

  /** True if addresses are counted, so that {@link enter} and {@link leave} need one. */
  get countsAddresses(): boolean {
    return this.#terms.connectionsPerAddressMax > 0;
  }

  /** One more connection; false if it may not be. `address` is looked at only where addresses are counted. */
  enter(address: string): boolean {
    const { connectionsMax, connectionsPerAddressMax } = this.#terms;
    if (connectionsMax > 0 && this.#connections >= connectionsMax) {
      this.#statistics.reached(Limit.listenerConnections);
      return false;
    }
    if (connectionsPerAddressMax > 0) {
      const network = networkOf(address);
      const open = this.#byNetwork.get(network) ?? 0;
      if (open >= connectionsPerAddressMax) {
        this.#statistics.reached(Limit.addressConnections);
        return false;
      }
      this.#byNetwork.set(network, open + 1);
    }
    this.#connections++;
    return true;
  }

  /** A connection that was let in is gone. */
  leave(address: string): void {
    this.#connections--;
    if (!this.countsAddresses) return;
    const network = networkOf(address);
    const open = this.#byNetwork.get(network) ?? 0;
    if (open <= 1) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, open - 1);
  }

  /** One more CONNECT; false if there were too many in this second. */
  connect(now: number): boolean {
    if (this.#rate === null || this.#rate.tryTake(1, now)) return true;
    this.#statistics.reached(Limit.connectRate);
    return false;
  }
}
