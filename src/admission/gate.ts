import { Limit, type Statistics } from "../session/mod.ts";
import { networkOf } from "./network-of.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How many may come in by one listener; 0: as many as want to. */
export interface GateTerms {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly connectsPerSecond: number;
}

/** Who tells the other shards of a broker what counts towards a listener's limits there too. */
export interface GateTeller {
  /** So many connections are open; `network`: of this one, or (null) of all. */
  connections(network: string | null, count: number): void;
  /** A CONNECT came. */
  connect(): void;
}

/** Counts who comes in by one listener. */
export class Gate {
  /** Null where there is one shard. */
  teller: GateTeller | null = null;
  readonly #terms: GateTerms;
  readonly #statistics: Statistics;
  readonly #rate: TokenBucket | null;
  readonly #byNetwork = new Map<string, number>();
  /** The same listener's on other shards. */
  readonly #byNetworkElsewhere = new Map<string, number>();
  #connectionsElsewhere = 0;
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
    if (connectionsMax > 0 && this.#connections + this.#connectionsElsewhere >= connectionsMax) {
      this.#statistics.reached(Limit.listenerConnections);
      return false;
    }
    if (connectionsPerAddressMax > 0) {
      const network = networkOf(address);
      const open = this.#byNetwork.get(network) ?? 0;
      if (open + (this.#byNetworkElsewhere.get(network) ?? 0) >= connectionsPerAddressMax) {
        this.#statistics.reached(Limit.addressConnections);
        return false;
      }
      this.#setNetwork(network, open + 1);
    }
    this.#setConnections(this.#connections + 1);
    return true;
  }

  /** A connection that was let in is gone. */
  leave(address: string): void {
    this.#setConnections(this.#connections - 1);
    if (!this.countsAddresses) return;
    const network = networkOf(address);
    this.#setNetwork(network, (this.#byNetwork.get(network) ?? 1) - 1);
  }

  /** One more CONNECT; false if there were too many in this second. */
  connect(now: number): boolean {
    if (this.#rate === null) return true;
    if (this.#rate.tryTake(1, now)) {
      this.teller?.connect();
      return true;
    }
    this.#statistics.reached(Limit.connectRate);
    return false;
  }

  /** A CONNECT came by the same listener on another shard. */
  connectElsewhere(now: number): void {
    this.#rate?.take(1, now);
  }

  /** On other shards so many more connections (or fewer) are open than were told before. */
  connectionsElsewhere(network: string | null, more: number): void {
    if (network === null) {
      this.#connectionsElsewhere += more;
      return;
    }
    const count = (this.#byNetworkElsewhere.get(network) ?? 0) + more;
    if (count <= 0) this.#byNetworkElsewhere.delete(network);
    else this.#byNetworkElsewhere.set(network, count);
  }

  /** Tells all that counts, for a shard that knows nothing yet. */
  tellAll(): void {
    if (this.#terms.connectionsMax > 0) this.teller?.connections(null, this.#connections);
    for (const [network, count] of this.#byNetwork) this.teller?.connections(network, count);
  }

  #setConnections(count: number): void {
    this.#connections = count;
    if (this.#terms.connectionsMax > 0) this.teller?.connections(null, count);
  }

  #setNetwork(network: string, count: number): void {
    if (count <= 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, count);
    this.teller?.connections(network, count);
  }
}
