import type { FilterTarget } from "../protocol/mod.ts";
import type { Subscription } from "../router/mod.ts";

/** Above this number a session's subscriptions are looked up in a Map. */
const listedMax = 8;

/** The subscriptions of one session. Nearly all sessions have a few, and those cost one small list. */
export class SubscriptionSet {
  #few: Subscription[] = [];
  #many: Map<string, Subscription> | null = null;

  get size(): number {
    return this.#many?.size ?? this.#few.length;
  }

  get(target: FilterTarget): Subscription | null {
    if (this.#many !== null) return this.#many.get(keyOf(target.filter, target.shareName)) ?? null;
    for (const subscription of this.#few) {
      if (subscription.node.filter === target.filter && shareNameOf(subscription) === target.shareName) {
        return subscription;
      }
    }
    return null;
  }

  /** Adds a subscription to a filter that is not in the set. */
  add(subscription: Subscription): void {
    if (this.#many === null && this.#few.length < listedMax) {
      // A list literal takes room for one; `push` would take room for seventeen.
      if (this.#few.length === 0) this.#few = [subscription];
      else this.#few.push(subscription);
      return;
    }
    if (this.#many === null) {
      this.#many = new Map(this.#few.map((each) => [keyOf(each.node.filter, shareNameOf(each)), each]));
      this.#few = [];
    }
    this.#many.set(keyOf(subscription.node.filter, shareNameOf(subscription)), subscription);
  }

  delete(subscription: Subscription): void {
    if (this.#many === null) this.#few = this.#few.filter((other) => other !== subscription);
    else this.#many.delete(keyOf(subscription.node.filter, shareNameOf(subscription)));
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return (this.#many?.values() ?? this.#few.values()) as Iterator<Subscription>;
  }
}

function shareNameOf(subscription: Subscription): string | null {
  return subscription.group?.shareName ?? null;
}

function keyOf(filter: string, shareName: string | null): string {
  return shareName === null ? filter : `$share/${shareName}/${filter}`;
}
