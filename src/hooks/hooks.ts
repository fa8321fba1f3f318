import type { HookBroker } from "./hook-broker.ts";
import type {
  Acknowledged,
  ConnectAttempt,
  Connected,
  Delivery,
  Disconnected,
  DroppedMessages,
  Message,
  Published,
  PublishRight,
  SessionChange,
  SessionDiscarded,
  Subscribed,
  SubscribeRequest,
  SubscribeRight,
  Unsubscribed,
  UnsubscribeRequest,
  WillPublished,
} from "./hook-events.ts";
import type { Accepted, Allowed, Answer, Delayed, Dropped, LaterAnswer, Refused } from "./hook-verdict.ts";

/**
 * The extension interface: one set for MQTT 3.1, 3.1.1 and 5.0; implement what you need. The hooks of several modules
 * run in the order of the modules. A before-hook that answers a verdict ends the chain; one that answers nothing lets
 * it go on.
 *
 * A hook that throws, or whose promise is rejected, is counted in `akasa_hook_errors_total` and logged once for its
 * module and point.
 */
export interface Hooks {
  /** Name in log lines; default: the module's. */
  readonly name?: string;

  /**
   * Runs when the hooks come into use: before the listeners open, or at a reload before the old hooks are let go.
   * @failure The broker does not start; a reload is given up and the old hooks stay.
   */
  start?(broker: HookBroker): void | Promise<void>;
  /**
   * Runs when the hooks are let go, behind the last packet that they handled.
   * @failure Counted and logged.
   */
  stop?(): void | Promise<void>;
  /**
   * At a reload: answers what the module's next version shall take over (timers, messages that wait). Called once more
   * before `stop`, for what packets that waited have left since.
   * @failure The reload is given up and the old hooks stay.
   */
  handOver?(): unknown;
  /**
   * At a reload: takes over what the version before has answered in `handOver`.
   * @failure Counted and logged; the new hooks are used without it.
   */
  takeOver?(state: unknown): void;

  /**
   * A CONNECT was read; nothing was checked yet.
   * @change Client identifier, user name, password, Clean Start, keep alive, session expiry; takes the will away.
   * @failure CONNACK 0x83, and the connection is closed.
   */
  beforeConnect?(attempt: ConnectAttempt, broker: HookBroker): LaterAnswer<Refused>;
  /**
   * Who is it? Asked before the configured authenticators, which are asked only if no hook answers.
   * @failure CONNACK 0x83, and the connection is closed.
   */
  authenticate?(attempt: Readonly<ConnectAttempt>, broker: HookBroker): LaterAnswer<Accepted | Refused>;
  /**
   * The client was let in and its CONNACK is on its way.
   * @failure Nothing else.
   */
  afterConnect?(event: Connected, broker: HookBroker): void | Promise<void>;
  /**
   * The connection is over: exactly once for each `afterConnect`, and behind it.
   * @failure Nothing else.
   */
  disconnected?(event: Disconnected, broker: HookBroker): void | Promise<void>;

  /**
   * May the client publish to this topic? Asked for each PUBLISH, behind the access rules of the configuration, and for
   * a will at CONNECT.
   * @failure PUBACK or PUBREC 0x83; the message goes nowhere. A will: CONNACK 0x83.
   */
  authorizePublish?(right: PublishRight, broker: HookBroker): LaterAnswer<Allowed | Refused>;
  /**
   * May the client subscribe to this filter? Asked for each filter by itself.
   * @failure 0x83 for this filter in SUBACK.
   */
  authorizeSubscribe?(right: SubscribeRight, broker: HookBroker): LaterAnswer<Allowed | Refused>;

  /**
   * A client publishes.
   * @change Topic, payload, QoS, retain, properties.
   * @failure PUBACK or PUBREC 0x83; the message goes nowhere.
   */
  beforePublish?(message: Message, broker: HookBroker): LaterAnswer<Refused | Dropped | Delayed>;
  /**
   * What a client published has been handed to all who get it.
   * @failure Nothing else.
   */
  afterPublish?(event: Published, broker: HookBroker): void | Promise<void>;

  /**
   * A client subscribes. A verdict is for all filters; `request.refuse` is for one.
   * @change Each entry: filter, QoS, No Local, Retain As Published, Retain Handling.
   * @failure 0x83 for every filter in SUBACK.
   */
  beforeSubscribe?(request: SubscribeRequest, broker: HookBroker): LaterAnswer<Refused>;
  /**
   * SUBACK is on its way.
   * @failure Nothing else.
   */
  afterSubscribe?(event: Subscribed, broker: HookBroker): void | Promise<void>;
  /**
   * A client unsubscribes. A verdict is for all filters; `request.refuse` is for one.
   * @change Each filter.
   * @failure 0x83 for every filter in UNSUBACK.
   */
  beforeUnsubscribe?(request: UnsubscribeRequest, broker: HookBroker): LaterAnswer<Refused>;
  /**
   * UNSUBACK is on its way.
   * @failure Nothing else.
   */
  afterUnsubscribe?(event: Unsubscribed, broker: HookBroker): void | Promise<void>;

  /**
   * A message is about to go to one subscriber: at once, or into its queue. Never waits.
   * @change Topic, payload, properties, for this subscriber alone.
   * @failure This subscriber does not get it (`hook` in `akasa_messages_dropped_total`); a promise is a failure too.
   */
  deliver?(delivery: Delivery, broker: HookBroker): Answer<Dropped>;
  /**
   * A client has acknowledged a message of QoS 1 (PUBACK) or 2 (PUBREC).
   * @failure Nothing else.
   */
  acknowledged?(event: Acknowledged, broker: HookBroker): void | Promise<void>;
  /**
   * Messages did not reach a subscriber, or were not retained.
   * @failure Nothing else.
   */
  dropped?(event: DroppedMessages, broker: HookBroker): void | Promise<void>;

  /**
   * A client has a new session.
   * @failure Nothing else.
   */
  sessionCreated?(event: SessionChange, broker: HookBroker): void | Promise<void>;
  /**
   * A client has found its session.
   * @failure Nothing else.
   */
  sessionResumed?(event: SessionChange, broker: HookBroker): void | Promise<void>;
  /**
   * A session has ended with its connection, or because its client wanted a new one.
   * @failure Nothing else.
   */
  sessionDiscarded?(event: SessionDiscarded, broker: HookBroker): void | Promise<void>;
  /**
   * Another connection of the same client identifier takes the session over; the one before is let go.
   * @failure Nothing else.
   */
  sessionTakenOver?(event: SessionChange, broker: HookBroker): void | Promise<void>;
  /**
   * A session has ended because its client stayed away for its Session Expiry Interval.
   * @failure Nothing else.
   */
  sessionExpired?(event: SessionChange, broker: HookBroker): void | Promise<void>;
  /**
   * A will was published.
   * @failure Nothing else.
   */
  willPublished?(event: WillPublished, broker: HookBroker): void | Promise<void>;
}

/** Names the types of a set of hooks, so that the editor knows them; answers it unchanged. */
export function defineHooks(hooks: Hooks): Hooks {
  return hooks;
}
