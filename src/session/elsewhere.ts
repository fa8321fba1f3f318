import type { MemberKind, RemoteRoute, SpreadGroup } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";

/** How far a message of a shared group has come on its way over the shards. */
export interface SharedVisit {
  /** Members of which kind are asked now: those that are connected first. */
  kind: MemberKind;
  /** The member that the strategy chose, among those of its kind on the shard that is asked; -1: it chooses itself. */
  position: number;
  /** Shards without such a member that may have it. */
  tried: number[];
  /** Times that all shards were asked. */
  rounds: number;
}

/** The other shards of the broker, as those see them that deliver messages. With one shard there is no such thing. */
export interface Elsewhere {
  /** This shard's number. */
  readonly shard: number;
  /** Lets other shards deliver the message to their own subscribers. */
  forward(publication: Publication, route: RemoteRoute): void;
  /** Lets another shard deliver the message to a member of the group. */
  handOn(publication: Publication, shard: number, group: SpreadGroup, visit: SharedVisit): void;
  /**
   * The message was retained here, or has deleted one: all other shards do the same, and deliver it to their own
   * subscribers. So one that has subscribed there before gets it live, and one that does so later gets it as retained.
   */
  retained(publication: Publication): void;
}
