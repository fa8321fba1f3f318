import type { SubscriptionOptions } from "../protocol/mod.ts";
import type { DeliveryTerms, Router, Subscription } from "../router/mod.ts";
import { safeHandle } from "../store/mod.ts";
import { Outbox, OutState } from "./outbox.ts";
import type { Session } from "./session.ts";
import type { SavedMessage, SavedSubscription, SavedTerms, SessionState } from "./session-state.ts";

/** A subscription as plain data. */
export function saveSubscription(subscription: Subscription): SavedSubscription {
  const { node, group, identifiers } = subscription;
  const options: SubscriptionOptions = {
    qos: subscription.qos,
    noLocal: subscription.noLocal,
    retainAsPublished: subscription.retainAsPublished,
    // What it says was done when the client subscribed.
    retainHandling: 2,
  };
  const shareName = group?.shareName ?? null;
  return { filter: node.filter, shareName, options, identifier: identifiers?.[0] ?? 0 };
}

/** All that an offline session is. @param now monotonic milliseconds */
export function saveSession(session: Session, now: number): SessionState {
  const subscriptions: Subscription[] = [];
  for (const subscription of session.subscriptions) subscriptions.push(subscription);
  const known = new Map<DeliveryTerms, number>();
  const terms: SavedTerms[] = [];
  const termsOf = (delivery: DeliveryTerms): number => {
    let index = known.get(delivery);
    if (index === undefined) {
      index = terms.length;
      const subscription = subscriptions.findIndex((each) => each === delivery);
      terms.push({ subscription, identifiers: delivery.identifiers });
      known.set(delivery, index);
    }
    return index;
  };
  const messages: SavedMessage[] = [];
  const { outbox } = session;
  outbox?.forEach((position) => {
    const packetId = outbox.state(position) === OutState.queued ? 0 : outbox.packetId(position);
    messages.push({
      state: outbox.state(position),
      packetId,
      qos: outbox.qos(position),
      retain: outbox.retain(position),
      publication: outbox.publication(position),
      terms: termsOf(outbox.subscription(position)),
      sequence: outbox.sequence(position),
      body: outbox.body(position),
      isStored: outbox.handle(position) !== 0,
    });
  });
  return {
    clientId: session.clientId,
    expirySeconds: session.expirySeconds,
    endsIn: session.endsAt - now,
    willIn: session.willAt - now,
    will: session.will,
    received: session.unreleasedIds(),
    subscriptions: subscriptions.map(saveSubscription),
    terms,
    messages,
    nextPacketId: outbox?.nextPacketId ?? 1,
    stored: session.durable?.save() ?? null,
  };
}

/** Makes a new, empty session all that the state says. @param now monotonic milliseconds */
export function restoreSession(session: Session, state: SessionState, router: Router, now: number): void {
  session.expirySeconds = state.expirySeconds;
  session.endsAt = now + state.endsIn;
  session.willAt = now + state.willIn;
  session.will = state.will;
  const subscriptions = state.subscriptions.map((saved) => {
    const subscription = router.subscribe(session, saved, saved.options, saved.identifier);
    session.subscriptions.add(subscription);
    return subscription;
  });
  const terms = state.terms.map((saved) => subscriptions[saved.subscription] ?? detached(saved));
  const isNew = state.messages.length === 0 && state.nextPacketId === 1;
  if (isNew || (state.stored !== null && state.messages.length === 0)) {
    session.takeOn(null, state.received);
    return;
  }
  const outbox = new Outbox(state.stored !== null);
  for (const message of state.messages) {
    outbox.name.sequence = message.sequence;
    outbox.name.handle = message.isStored ? safeHandle : 0;
    outbox.name.body = message.body;
    outbox.restore(message, terms[message.terms] as DeliveryTerms);
  }
  outbox.endRestore(state.nextPacketId);
  session.takeOn(outbox, state.received);
}

/** What a message came by that stands for no subscription of the session. */
function detached({ identifiers }: SavedTerms): DeliveryTerms {
  return { group: null, identifiers };
}
