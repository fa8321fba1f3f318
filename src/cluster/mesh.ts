import type { TopicFilter } from "../protocol/mod.ts";
import type { Calls } from "./calls.ts";
import type { News } from "./news.ts";
import type { OwnInterest } from "../router/mod.ts";
import type { Transit } from "../store/mod.ts";
import type { Elsewhere, SessionClaims } from "../session/mod.ts";

/**
 * The ways between the shards of a broker, as one of them uses them: what it wants of the others, and what it has for
 * them. Everything that shards say to each other goes this way, whether they are threads of one process or processes
 * on several machines; so nothing of it may rest on shared memory or on a common clock.
 *
 * What is said in one turn is collected and leaves at its end, one batch for each shard that is spoken to.
 */
export interface Mesh extends OwnInterest, Elsewhere {
  /** This shard's number. */
  readonly shard: number;
  /** Asks the others for what this shard's clients subscribe to; said once for all subscriptions to a filter. */
  announce(filter: TopicFilter): void;
  withdraw(filter: TopicFilter): void;
  /** Brings sessions here. */
  readonly claims: SessionClaims;
  /** Questions to other shards, and theirs. */
  readonly calls: Calls;
  /**
   * The shard has all that its place is to have: what others have for it may come.
   * @param handOns what was left for members of groups when the process ended
   */
  ready(handOns: readonly Transit[]): void;
  /** Numbers for all other shards, and theirs. */
  readonly news: News;
  /** Sends what the turn has brought. To be called at the end of each turn, and before output leaves earlier. */
  endTurn(): void;
  /** Does what is due from time to time; to be called about ten times a second. */
  onTick(): void;
}
