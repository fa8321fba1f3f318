import { isTopicName, ReasonCode } from "../../protocol/mod.ts";
import { delay, type Delayed, refuse, type Refused } from "../hook-verdict.ts";
import type { Hooks } from "../hooks.ts";
import { checkNames, numberOption } from "./read-option.ts";

/** Options of {@link delayedPublish}. */
export interface DelayedPublishOptions {
  /** Longest delay; default a day. */
  readonly secondsMax?: number;
  /** Messages that wait at the same time, in each shard; default 10,000. */
  readonly messagesMax?: number;
  /** Bytes of payloads that wait at the same time, in each shard; default 64 MiB. */
  readonly bytesMax?: number;
}

const prefix = "$delayed/";
const daySeconds = 86_400;

/**
 * Publishes what is sent to `$delayed/SECONDS/TOPIC` to TOPIC, SECONDS later. The publisher is answered when the
 * message is as safe as TOPIC's durability level says: with `local` it survives the end of the process, with `memory`
 * it is lost then, and logged. Refuses with 0x90 what is no such topic, with 0x87 a topic that the client may not
 * publish to, with 0x97 what there is no room for.
 */
export function delayedPublish(options: DelayedPublishOptions = {}): Hooks {
  checkNames(options, ["secondsMax", "messagesMax", "bytesMax"]);
  const secondsMax = numberOption("secondsMax", options.secondsMax, [1, 2_000_000], daySeconds);
  const messagesMax = numberOption("messagesMax", options.messagesMax, [1, 10_000_000], 10_000);
  const bytesMax = numberOption("bytesMax", options.bytesMax, [1, 2 ** 40], 64 * 1024 * 1024);
  return {
    beforePublish(message, broker) {
      if (!message.topic.startsWith(prefix)) return null;
      const slash = message.topic.indexOf("/", prefix.length);
      const seconds = Number(message.topic.slice(prefix.length, slash));
      const topic = message.topic.slice(slash + 1);
      if (slash < 0 || !/^\d+$/u.test(message.topic.slice(prefix.length, slash)) || !isTopicName(topic)) {
        return refuse(ReasonCode.topicNameInvalid, "a delayed topic is $delayed/SECONDS/TOPIC");
      }
      if (seconds > secondsMax) return refuse(ReasonCode.quotaExceeded, `the longest delay is ${secondsMax} seconds`);
      const judge = (allowed: boolean): Refused | Delayed => {
        if (!allowed) return refuse(ReasonCode.notAuthorized, "the client may not publish to this topic");
        message.topic = topic;
        return delay(seconds, { messagesMax, bytesMax });
      };
      const allowed = broker.mayPublish(message.publisherId, topic);
      return typeof allowed === "boolean" ? judge(allowed) : allowed.then(judge);
    },
  };
}
