import { allowed, type Decision, type Permissions } from "../auth/mod.ts";
import type { FilterTarget, TopicName } from "../protocol/mod.ts";
import { ClientRules, type Fallback } from "./client-rules.ts";
import type { BoundRule } from "./rule.ts";
import type { RuleSet } from "./rule-set.ts";
import type { Subject } from "./subject.ts";

/** What holds for every client, until it is replaced by other rules. */
export interface RuleSource {
  readonly rules: RuleSet;
  readonly fallback: Fallback;
}

/** A client, and the rules that came with its proof: they are asked before the others. */
export interface BoundClient {
  readonly subject: Subject;
  readonly own: readonly BoundRule[];
}

/** Topics whose decisions are remembered; a client that uses more is judged anew. */
const rememberedMax = 64;
/** Characters of a topic whose decision is remembered: names of 64 KB must not fill memory. */
const topicCharactersMax = 256;

const publishKnown = 1;
const publishAllowed = 2;
const receiveKnown = 4;
const receiveAllowed = 8;

const deniedConnect: Decision = { allowed: false, reason: "the rules of access do not let this client connect" };
const deniedPublish: Decision = { allowed: false, reason: "the rules of access do not allow to publish to this topic" };
const deniedSubscribe: Decision = {
  allowed: false,
  reason: "the rules of access do not allow to subscribe to this filter",
};

/** What one client may do by the rules; decisions about topics are remembered until the rules change. */
export class ClientPermissions implements Permissions {
  readonly #source: RuleSource;
  readonly #client: BoundClient;
  /** The set that `#rules` were taken from. */
  #set: RuleSet | null = null;
  #rules: ClientRules;
  #remembered: Map<TopicName, number> | null = null;

  constructor(source: RuleSource, client: BoundClient) {
    this.#source = source;
    this.#client = client;
    this.#rules = new ClientRules([], source.fallback);
  }

  mayConnect(): Decision {
    return this.#current().connect().allowed ? allowed : deniedConnect;
  }

  mayPublish(topic: TopicName): Decision {
    return this.#remember(topic, publishKnown, publishAllowed) ? allowed : deniedPublish;
  }

  maySubscribe(target: FilterTarget): Decision {
    return this.#current().subscribe(target).allowed ? allowed : deniedSubscribe;
  }

  mayReceive(topic: TopicName): boolean {
    return this.#remember(topic, receiveKnown, receiveAllowed);
  }

  #remember(topic: TopicName, known: number, allows: number): boolean {
    const rules = this.#current();
    const bits = this.#remembered?.get(topic) ?? 0;
    if ((bits & known) !== 0) return (bits & allows) !== 0;
    const { allowed: yes } = known === publishKnown ? rules.publish(topic) : rules.receive(topic);
    if (topic.length > topicCharactersMax) return yes;
    const remembered = (this.#remembered ??= new Map());
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(topic, bits | known | (yes ? allows : 0));
    return yes;
  }

  #current(): ClientRules {
    const { rules } = this.#source;
    if (rules === this.#set) return this.#rules;
    const { subject, own } = this.#client;
    this.#set = rules;
    this.#rules = new ClientRules([...own, ...rules.bind(subject)], this.#source.fallback);
    this.#remembered = null;
    return this.#rules;
  }
}
