import type { SharedChoice, SpreadGroup, Subscriber } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";
import type { Elsewhere, SharedVisit } from "./elsewhere.ts";
import type { Receiver } from "./receiver.ts";

/** Times that all shards are asked: members may move between shards faster than the message. */
const roundsMax = 3;

/**
 * Brings a message to one member of a group that has members on several shards (MQTT 5.0 section 4.8.2).
 *
 * What other shards have is known by what they announced, which may be out of date. So the shard that is chosen looks
 * at its members itself, and hands the message on where none of them can take it: first to shards with members that
 * are connected, then, at QoS 1 and 2, to those with members that are not. The message is always at one place only, so
 * that exactly one member gets it; a shard is asked at most once for each kind of members, so that this ends.
 */
export class SpreadDelivery {
  readonly #elsewhere: Elsewhere;
  readonly #choice: SharedChoice;

  constructor(elsewhere: Elsewhere, choice: SharedChoice) {
    this.#elsewhere = elsewhere;
    this.#choice = choice;
  }

  /** A message published on this shard; false if nobody is there to take it. */
  begin(group: SpreadGroup, publication: Publication, except: Subscriber | null): boolean {
    return this.#goOn(group, publication, { kind: "online", position: -1, tried: [], rounds: 0 }, except);
  }

  /** A message that another shard handed on; false if nobody is there to take it. */
  take(group: SpreadGroup, publication: Publication, visit: SharedVisit): boolean {
    if (this.#deliver(group, publication, visit, null)) return true;
    visit.tried.push(this.#elsewhere.shard);
    return this.#goOn(group, publication, visit, null);
  }

  #goOn(group: SpreadGroup, publication: Publication, visit: SharedVisit, except: Subscriber | null): boolean {
    const own = this.#elsewhere.shard;
    for (;;) {
      const chosen = group.choose(visit.kind, this.#choice, publication, visit.tried);
      if (chosen === null) {
        if (!nextRound(visit, publication)) return false;
        continue;
      }
      visit.position = chosen.position;
      if (chosen.shard !== own) {
        this.#elsewhere.handOn(publication, chosen.shard, group, visit);
        return true;
      }
      if (this.#deliver(group, publication, visit, except)) return true;
      visit.tried.push(own);
    }
  }

  /** True if a member on this shard has it. */
  #deliver(group: SpreadGroup, publication: Publication, visit: SharedVisit, except: Subscriber | null): boolean {
    const { local } = group;
    if (local === null) return false;
    const pick = { position: visit.position, except };
    let member = local.chooseAmong(visit.kind, this.#choice, publication, pick);
    // Its client may have come since the message was sent here.
    if (member === null && visit.kind === "offline") member = local.choose(this.#choice, publication, except);
    if (member === null) return false;
    (member.subscriber as Receiver).deliver(publication, member, publication.retain && member.retainAsPublished);
    return true;
  }
}

/** Begins to ask for the other kind of members; false if the message has gone round often enough. */
function nextRound(visit: SharedVisit, { qos }: Publication): boolean {
  // Who is not connected is not sent QoS 0.
  if (qos === 0 || visit.rounds >= roundsMax) return false;
  if (visit.kind === "offline") visit.rounds++;
  visit.kind = visit.kind === "online" ? "offline" : "online";
  visit.tried.length = 0;
  return true;
}
