import type { TopicFilter } from "../protocol/mod.ts";
import type { Router } from "../router/mod.ts";
import type { Dispatcher, LatePlace, SessionRestorer } from "../session/mod.ts";
import type { EventLog, Transit } from "../store/mod.ts";
import { Cargo, readHandOn } from "./store-way.ts";

/** What {@link deliverLeft} works with. */
export interface LeftParts {
  readonly router: Router;
  readonly dispatcher: Dispatcher;
  readonly log: EventLog;
  readonly restorer: Pick<SessionRestorer, "isFor" | "takeFor">;
  /** False where there is one shard, which has all members of all groups. */
  readonly hasOthers: boolean;
}

/**
 * Delivers what was on its way between shards when the process ended, to the sessions that it was on its way to; to be
 * called when all of them are there, and before anything else happens.
 * @returns what is for members of shared groups, and has to wait for the other shards
 */
export function deliverLeft(left: readonly Transit[], parts: LeftParts): readonly Transit[] {
  const { log, restorer, hasOthers } = parts;
  const isLater = ({ what }: Transit): boolean => what === Cargo.handOn && hasOthers;
  // In the order in which it was made safe, whatever place it was for.
  const now = left.filter((transit) => !isLater(transit)).toSorted((one, other) => one.number - other.number);
  for (const place of ["old", "new"] as const) {
    restorer.takeFor(place);
    for (const transit of now) deliver(transit, place, parts);
  }
  for (const { place, number } of now) log.delivered(place, number);
  return left.filter(isLater);
}

function deliver(transit: Transit, place: LatePlace, { router, dispatcher, restorer }: LeftParts): void {
  const { publication, what, terms } = transit;
  if (publication === null) return;
  if (what !== Cargo.handOn) {
    const topic = router.topics.findName(publication.topic.name);
    dispatcher.deliverLate(publication, topic, (subscriber) => restorer.isFor(subscriber, transit) === place);
  } else if (place === "old") {
    const { group } = readHandOn(terms);
    publication.durable = true;
    dispatcher.deliverLateShared(publication, router.sharedGroup(group.filter as TopicFilter, group.shareName));
  }
}
