import { HookMessage, type HookPoint, type HookRunner } from "../hooks/mod.ts";
import type { ReasonCode } from "../protocol/mod.ts";
import type { Subscription } from "../router/mod.ts";
import type { Publication } from "../store/mod.ts";
import { type DropReason, dropReasonNames } from "./statistics.ts";

/** What the deliver hooks make of a message for one subscriber: itself, a changed one, null where it is not to go. */
export function admitted(
  hooks: HookRunner,
  point: HookPoint<"deliver">,
  publication: Publication,
  subscription: Subscription,
): Publication | null {
  const message = new HookMessage(publication, null);
  const { clientId } = subscription.subscriber;
  const filter = filterOf(subscription);
  const result = hooks.admits(point, { clientId, filter, message }) ? message.result() : null;
  message.seal();
  return result;
}

/** Tells that a client has acknowledged a message. */
export function tellAcknowledged(
  hooks: HookRunner,
  point: HookPoint<"acknowledged">,
  clientId: string,
  ack: {
    readonly packetId: number;
    readonly qos: 1 | 2;
    readonly reasonCode: number;
    readonly publication: Publication | null;
  },
): void {
  const { packetId, qos, publication } = ack;
  // The codec lets no code pass that the packet may not carry.
  const reasonCode = ack.reasonCode as ReasonCode;
  const message = publication === null ? null : new HookMessage(publication, null);
  hooks.observe(point, { clientId, packetId, qos, reasonCode, message }, message);
}

/** Tells that messages did not reach a subscriber. */
export function tellDropped(
  hooks: HookRunner,
  point: HookPoint<"dropped">,
  reason: DropReason,
  what: { readonly clientId: string | null; readonly publication: Publication | null; readonly count: number },
): void {
  const message = what.publication === null ? null : new HookMessage(what.publication, null);
  const { clientId, count } = what;
  hooks.observe(point, { clientId, reason: dropReasonNames[reason] as string, count, message }, message);
}

function filterOf({ group, node }: Subscription): string {
  return group === null ? node.filter : `$share/${group.shareName}/${node.filter}`;
}
