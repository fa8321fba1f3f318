/** One client's promises, online or not: QoS state, queue, will, expiry; and the ways of publications to them. */
export { type ArrivedMessage, ArrivingQueue } from "./arriving-queue.ts";
export { type ClaimingClient, ClaimOutcome, type SessionClaims } from "./claims.ts";
export { DelayedMessages, type DelayedParts, type DelayLimits, DelayOutcome } from "./delayed-messages.ts";
export { Dispatcher, type DispatcherParts, PublishOutcome, type Receivers } from "./dispatcher.ts";
export type { Elsewhere, SharedVisit } from "./elsewhere.ts";
export { LocalSubscriber, type LocalSubscriberParts } from "./local-subscriber.ts";
export { saveSession, saveSubscription } from "./move-session.ts";
export { OutState } from "./outbox.ts";
export { type Outlet, PublishFlag, SendResult } from "./outlet.ts";
export { DurabilityLevels, type DurabilityRule } from "./durability-levels.ts";
export type { Receiver } from "./receiver.ts";
export { type OpenRequest, type RegistryParts, SessionRegistry } from "./registry.ts";
export { Session } from "./session.ts";
export type { SessionContext } from "./session-context.ts";
export { type LatePlace, type RestorerParts, SessionRestorer } from "./session-restorer.ts";
export type { SavedMessage, SavedSubscription, SavedTerms, SessionState, StoredPart } from "./session-state.ts";
export { neverExpires, type QueueLimits, type SessionSettings } from "./settings.ts";
export {
  DeniedAction,
  deniedActionNames,
  DropReason,
  dropReasonNames,
  Limit,
  limitNames,
  Statistics,
} from "./statistics.ts";
export { SubscriptionSet } from "./subscription-set.ts";
export type { ArmedWill } from "./will.ts";
