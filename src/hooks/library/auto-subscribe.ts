import type { SubscribeOptions } from "../hook-broker.ts";
import type { Client } from "../hook-client.ts";
import type { Hooks } from "../hooks.ts";
import { checkNames, listOption, numberOption, type RawOptions, switchOption } from "./read-option.ts";

/** A subscription that every client gets; the options are those of SUBSCRIBE. */
export interface AutoSubscription extends SubscribeOptions {
  /** `%c` is the client identifier, `%u` the user name; a client without a usable one does not get it. */
  readonly filter: string;
}

/** Options of {@link autoSubscribe}. */
export interface AutoSubscribeOptions {
  readonly subscriptions: readonly AutoSubscription[];
}

/** Subscribes each client when it connects, as if it had asked for it. */
export function autoSubscribe(options: AutoSubscribeOptions): Hooks {
  checkNames(options, ["subscriptions"]);
  const subscriptions = listOption("subscriptions", options.subscriptions).map(subscriptionOf);
  return {
    afterConnect({ client }, broker) {
      for (const { filter, ...rest } of subscriptions) {
        const own = ownFilter(filter, client);
        if (own !== null) void broker.subscribeClient(client.id, own, rest);
      }
    },
  };
}

function subscriptionOf(entry: RawOptions): AutoSubscription {
  checkNames(entry, ["filter", "qos", "noLocal", "retainAsPublished", "retainHandling"]);
  const { filter } = entry;
  if (typeof filter !== "string" || filter === "") throw new TypeError("filter: expected a topic filter");
  return {
    filter,
    qos: numberOption("qos", entry["qos"], [0, 2], 0) as 0 | 1 | 2,
    noLocal: switchOption("noLocal", entry["noLocal"], false),
    retainAsPublished: switchOption("retainAsPublished", entry["retainAsPublished"], false),
    retainHandling: numberOption("retainHandling", entry["retainHandling"], [0, 2], 0) as 0 | 1 | 2,
  };
}

/** A name with a wildcard or a slash would subscribe its client to what belongs to others. */
function ownFilter(filter: string, client: Client): string | null {
  const names = { "%c": client.id, "%u": client.userName };
  for (const [word, name] of Object.entries(names)) {
    if (filter.includes(word) && (name === null || /[+#/\0]/u.test(name))) return null;
  }
  return filter.replaceAll("%c", () => client.id).replaceAll("%u", () => client.userName ?? "");
}
