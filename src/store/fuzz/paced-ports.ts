import type { StorePort } from "../ports/store-message.ts";

/** Messages on their way, one after the other, as a test lets them arrive. */
export class PacedWay {
  readonly #travelling: (() => void)[] = [];
  /** Runs for each message that sets out. */
  onSent: () => void = () => {};

  get waiting(): number {
    return this.#travelling.length;
  }

  send(arrive: () => void): void {
    this.#travelling.push(arrive);
    this.onSent();
  }

  /** Lets the message arrive that was sent first. */
  step(): void {
    this.#travelling.shift()?.();
  }
}

/** One end of a way between a shard and a store without threads. */
export class PacedPort<Sent, Received> implements StorePort<Sent, Received> {
  onMessage: (message: Received) => void = () => {};
  #other: PacedPort<Received, Sent> | null = null;
  readonly #way: PacedWay;
  #open = true;

  private constructor(way: PacedWay) {
    this.#way = way;
  }

  /** Both ends; each direction keeps its order on a way of its own. */
  static pair<Left, Right>(ways: readonly [PacedWay, PacedWay]): [PacedPort<Left, Right>, PacedPort<Right, Left>] {
    const left = new PacedPort<Left, Right>(ways[0]);
    const right = new PacedPort<Right, Left>(ways[1]);
    left.#other = right;
    right.#other = left;
    return [left, right];
  }

  send(message: Sent, moved: readonly ArrayBuffer[] = []): void {
    const copy = structuredClone(message, { transfer: [...moved] });
    const other = this.#other;
    this.#way.send(() => {
      if (other !== null && other.#open) other.onMessage(copy);
    });
  }

  close(): void {
    this.#open = false;
  }
}
