import { ProtocolError } from "./protocol-error.ts";
import { ReasonCode } from "./reason-code.ts";

declare const topicNameBrand: unique symbol;
declare const topicFilterBrand: unique symbol;

/** A Topic Name that was checked (MQTT 5.0 section 4.7): not empty, no wildcard, no U+0000, at most 65,535 bytes. */
export type TopicName = string & { readonly [topicNameBrand]: true };

/** A Topic Filter that was checked (section 4.7). The filter part of a shared subscription, never `$share/...`. */
export type TopicFilter = string & { readonly [topicFilterBrand]: true };

/** A filter as SUBSCRIBE names it: an ordinary one, or a share name with its filter (section 4.8.2). */
export interface FilterTarget {
  readonly filter: TopicFilter;
  /** The ShareName, or null for a subscription of one's own. */
  readonly shareName: string | null;
}

const sharePrefix = "$share/";

/** True if the text can be a Topic Name; the text is known to be valid UTF-8 of at most 65,535 bytes. */
export function isTopicName(text: string): text is TopicName {
  // [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.1-1]
  return text.length > 0 && !text.includes("+") && !text.includes("#") && !text.includes("\0");
}

/**
 * The text as a Topic Name.
 * @throws ProtocolError 0x90 Topic Name invalid
 */
export function topicName(text: string): TopicName {
  if (!isTopicName(text)) {
    throw new ProtocolError(ReasonCode.topicNameInvalid, "MQTT-4.7.1-1", "a topic name is empty or has a wildcard");
  }
  return text;
}

/** True if the text can be a Topic Filter (without `$share`). */
export function isTopicFilter(text: string): text is TopicFilter {
  if (text.length === 0 || text.includes("\0")) return false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x23 && code !== 0x2b) continue;
    // [MQTT-4.7.1-1] [MQTT-4.7.1-2] A wildcard fills its level; '#' is in the last one.
    if (at > 0 && text.charCodeAt(at - 1) !== 0x2f) return false;
    const last = at === text.length - 1;
    if (code === 0x23 ? !last : !last && text.charCodeAt(at + 1) !== 0x2f) return false;
  }
  return true;
}

/** Splits what SUBSCRIBE or UNSUBSCRIBE names into share name and filter; null if it is no valid filter. */
export function parseFilter(text: string): FilterTarget | null {
  if (!text.startsWith(sharePrefix)) return isTopicFilter(text) ? { filter: text, shareName: null } : null;
  const slash = text.indexOf("/", sharePrefix.length);
  // [MQTT-4.8.2-1] [MQTT-4.8.2-2] A ShareName has at least one character, no wildcard, and a filter behind its slash.
  if (slash <= sharePrefix.length) return null;
  const shareName = text.slice(sharePrefix.length, slash);
  const filter = text.slice(slash + 1);
  if (shareName.includes("+") || shareName.includes("#") || !isTopicFilter(filter)) return null;
  return { filter, shareName };
}

/** True if the filter has a `+` or `#` level. */
export function hasWildcard(filter: TopicFilter): boolean {
  return filter.includes("+") || filter.endsWith("#");
}

/**
 * Whether a topic matches a filter, level by level (section 4.7). The router does not use it: it is the plain wording
 * of the rule, for access rules and for the tests that hold the trie against it.
 */
export function topicMatches(filter: TopicFilter, topic: TopicName): boolean {
  // [MQTT-4.7.2-1] A filter that begins with a wildcard does not match topics that begin with '$'.
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  const filterLevels = filter.split("/");
  const topicLevels = topic.split("/");
  for (const [index, level] of filterLevels.entries()) {
    if (level === "#") return true;
    if (index >= topicLevels.length) return false;
    if (level !== "+" && level !== topicLevels[index]) return false;
  }
  return filterLevels.length === topicLevels.length;
}
