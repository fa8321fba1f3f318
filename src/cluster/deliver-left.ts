import type { TopicFilter } from "../protocol/mod.ts";
import type { Router, Subscriber } from "../router/mod.ts";
import type { Dispatcher } from "../session/mod.ts";
import type { EventLog, Transit } from "../store/mod.ts";
import { Cargo, readHandOn } from "./store-way.ts";

/** What {@link deliverLeft} works with. */
export interface LeftParts {
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly log: EventLog;
  /** True for a session that it was on its way to. */
  readonly isFor: (subscriber: Subscriber, transit: Transit) => boolean;
  /** False where there is one shard, which has all members of all groups. */
  readonly hasOthers: boolean;
}

/**
 * Delivers what was on its way between shards when the process ended, to the sessions that it was on its way to; to be
 * called when all of them are there, and before anything else happens.
 * @returns what is for members of shared groups, and has to wait for the other shards
 */
export function deliverLeft(left: readonly Transit[], parts: LeftParts): readonly Transit[] {
  const { router, dispatcher, log, isFor, hasOthers } = parts;
  const later: Transit[] = [];
  for (const transit of left) {
    const { publication, what, terms, place, number } = transit;
    if (what === Cargo.handOn && hasOthers) {
      later.push(transit);
      continue;
    }
    if (publication !== null && what === Cargo.handOn) {
      const { group } = readHandOn(terms);
      publication.durable = true;
      dispatcher.deliverLateShared(publication, router.sharedGroup(group.filter as TopicFilter, group.shareName));
    } else if (publication !== null) {
      const topic = router.topics.findName(publication.topic.name);
      dispatcher.deliverLate(publication, topic, (subscriber) => isFor(subscriber, transit));
    }
    log.delivered(place, number);
  }
  return later;
}
