import { hashOf, LinkedTable } from "../base/mod.ts";
import type { FilterTarget } from "../protocol/mod.ts";
import type { Subscription } from "../router/mod.ts";

/** Above this number a session's subscriptions are looked up in tables. */
const listedMax = 8;

/** The subscriptions of a session that has many. */
class Many {
  readonly direct = new LinkedTable<Subscription>(filterOf);
  /** By {@link nameOf}. */
  readonly shared = new Map<string, Subscription>();

  get size(): number {
    return this.direct.size + this.shared.size;
  }

  get({ filter, shareName }: FilterTarget): Subscription | null {
    if (shareName === null) return this.direct.get(filter, hashOf(filter));
    return this.shared.get(nameOf(shareName, filter)) ?? null;
  }

  add(subscription: Subscription): void {
    const { group, node } = subscription;
    if (group === null) this.direct.add(subscription);
    else this.shared.set(nameOf(group.shareName, node.filter), subscription);
  }

  delete(subscription: Subscription): void {
    const { group, node } = subscription;
    if (group === null) this.direct.delete(subscription);
    else this.shared.delete(nameOf(group.shareName, node.filter));
  }

  *[Symbol.iterator](): Generator<Subscription> {
    yield* this.shared.values();
    yield* this.direct;
  }
}

/** The subscriptions of one session. Nearly all sessions have a few, and those cost one small list. */
export class SubscriptionSet {
  #few: Subscription[] = [];
  #many: Many | null = null;

  get size(): number {
    return this.#many?.size ?? this.#few.length;
  }

  get(target: FilterTarget): Subscription | null {
    if (this.#many !== null) return this.#many.get(target);
    for (const subscription of this.#few) {
      const shareName = subscription.group?.shareName ?? null;
      if (subscription.node.filter === target.filter && shareName === target.shareName) return subscription;
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
      this.#many = new Many();
      for (const each of this.#few) this.#many.add(each);
      this.#few = [];
    }
    this.#many.add(subscription);
  }

  delete(subscription: Subscription): void {
    if (this.#many === null) this.#few = this.#few.filter((other) => other !== subscription);
    else this.#many.delete(subscription);
  }

  get hasShared(): boolean {
    if (this.#many !== null) return this.#many.shared.size > 0;
    return this.#few.some(({ group }) => group !== null);
  }

  /** Those to shared groups. The set must not change during the walk. */
  get shared(): Iterable<Subscription> {
    return this.#many?.shared.values() ?? this.#few.filter(({ group }) => group !== null);
  }

  /** All of them. The set must not change during the walk. */
  [Symbol.iterator](): Iterator<Subscription> {
    return this.#many === null ? this.#few.values() : this.#many[Symbol.iterator]();
  }
}

function filterOf({ node }: Subscription): string {
  return node.filter;
}

function nameOf(shareName: string, filter: string): string {
  return `$share/${shareName}/${filter}`;
}
