import { parseFilter } from "../protocol/mod.ts";
import type { DeliveryTerms } from "../router/mod.ts";
import type { StoredMessage } from "../store/mod.ts";
import type { Session } from "./session.ts";

const ownTerms: DeliveryTerms = { identifiers: null, group: null };

/** By what a message that was stored goes to its session: the group may be gone meanwhile. */
export function termsOf(session: Session, { identifiers, shared }: StoredMessage): DeliveryTerms {
  if (identifiers === null && shared === "") return ownTerms;
  const target = shared === "" ? null : parseFilter(shared);
  const group = target === null ? null : (session.subscriptions.get(target)?.group ?? null);
  return { identifiers, group };
}
