import type { Clock, Timer } from "../../base/mod.ts";
import { isTopicName, ReasonCode } from "../../protocol/mod.ts";
import type { HookBroker, OutgoingMessage } from "../hook-broker.ts";
import type { Message } from "../hook-events.ts";
import { drop, type Dropped, refuse, type Refused } from "../hook-verdict.ts";
import type { Hooks } from "../hooks.ts";
import { checkNames, numberOption } from "./read-option.ts";

/** Options of {@link delayedPublish}. */
export interface DelayedPublishOptions {
  /** Longest delay; default a day. */
  readonly secondsMax?: number;
  /** Messages that wait at the same time; default 10,000. */
  readonly messagesMax?: number;
  /** Bytes of payloads that wait at the same time; default 64 MiB. */
  readonly bytesMax?: number;
}

/** A message that waits. */
interface Waiting {
  readonly due: number;
  readonly message: OutgoingMessage & { readonly payload: Buffer };
  timer: Timer | null;
}

const prefix = "$delayed/";
const daySeconds = 86_400;

/**
 * Publishes what is sent to `$delayed/SECONDS/TOPIC` to TOPIC, SECONDS later. The publisher is answered at once; what
 * waits is kept in memory, survives a reload of the hooks and is lost, and logged, when the broker stops. Refuses with
 * 0x90 what is no such topic, with 0x87 a topic that the client may not publish to, with 0x97 what there is no room
 * for.
 */
export function delayedPublish(options: DelayedPublishOptions = {}): Hooks {
  checkNames(options, ["secondsMax", "messagesMax", "bytesMax"]);
  const secondsMax = numberOption("secondsMax", options.secondsMax, [1, 2_000_000], daySeconds);
  const messagesMax = numberOption("messagesMax", options.messagesMax, [1, 10_000_000], 10_000);
  const bytesMax = numberOption("bytesMax", options.bytesMax, [1, 2 ** 40], 64 * 1024 * 1024);
  const queue = new DelayedQueue();
  return {
    start(broker) {
      queue.broker = broker;
    },
    beforePublish(message, broker) {
      if (!message.topic.startsWith(prefix)) return null;
      const slash = message.topic.indexOf("/", prefix.length);
      const seconds = Number(message.topic.slice(prefix.length, slash));
      const topic = message.topic.slice(slash + 1);
      if (slash < 0 || !/^\d+$/u.test(message.topic.slice(prefix.length, slash)) || !isTopicName(topic)) {
        return refuse(ReasonCode.topicNameInvalid, "a delayed topic is $delayed/SECONDS/TOPIC");
      }
      if (seconds > secondsMax) return refuse(ReasonCode.quotaExceeded, `the longest delay is ${secondsMax} seconds`);
      if (queue.size >= messagesMax || queue.bytes + message.payloadBytes > bytesMax) {
        return refuse(ReasonCode.quotaExceeded, "too many messages are delayed");
      }
      const delay = (allowed: boolean): Refused | Dropped => {
        if (!allowed) return refuse(ReasonCode.notAuthorized, "the client may not publish to this topic");
        queue.add(messageOf(message, topic), broker.clock.now() + seconds * 1000);
        return drop;
      };
      const allowed = broker.mayPublish(message.publisherId, topic);
      return typeof allowed === "boolean" ? delay(allowed) : allowed.then(delay);
    },
    handOver: () => queue.takeAll(),
    takeOver(state) {
      for (const { message, due } of state as readonly Waiting[]) queue.add(message, due);
    },
    stop() {
      const lost = queue.takeAll().length;
      if (lost > 0) queue.broker?.logger.warn("delayed messages are lost with the broker", { messages: lost });
    },
  };
}

function messageOf(message: Message, topic: string): Waiting["message"] {
  const { payload, qos, retain, properties, publisherId } = message;
  return { topic, payload, qos, retain, properties, publisherId };
}

class DelayedQueue {
  broker: HookBroker | null = null;
  readonly #waiting = new Set<Waiting>();
  #bytes = 0;

  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(message: Waiting["message"], due: number): void {
    const waiting: Waiting = { due, message, timer: null };
    const { clock } = this.#started;
    this.#waiting.add(waiting);
    this.#bytes += message.payload.length;
    waiting.timer = after(clock, due, () => {
      this.#remove(waiting);
      void this.#started.publish(message);
    });
  }

  /** Everything that waits, which then waits here no more. */
  takeAll(): readonly Waiting[] {
    const all = [...this.#waiting];
    for (const waiting of all) this.#remove(waiting);
    return all;
  }

  get #started(): HookBroker {
    if (this.broker === null) throw new Error("delayed publish runs before it was started");
    return this.broker;
  }

  #remove(waiting: Waiting): void {
    waiting.timer?.cancel();
    this.#waiting.delete(waiting);
    this.#bytes -= waiting.message.payload.length;
  }
}

function after(clock: Clock, due: number, run: () => void): Timer {
  return clock.after(Math.max(0, due - clock.now()), run);
}
