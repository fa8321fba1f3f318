/** Where a broker stands: `stopping` from the call of `stop` on, `stopped` when that has resolved. */
export type BrokerState = "running" | "stopping" | "stopped";

/** Ends something in order, once. */
export class Lifetime {
  readonly #end: () => Promise<void>;
  #state: BrokerState = "running";
  #ending: Promise<void> | null = null;
  /** Runs first. */
  onStop: () => void = () => {};

  constructor(end: () => Promise<void>) {
    this.#end = end;
  }

  get state(): BrokerState {
    return this.#state;
  }

  /** A second call waits for the first. */
  end(): Promise<void> {
    return (this.#ending ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#state = "stopping";
    this.onStop();
    await this.#end();
    this.#state = "stopped";
  }
}
