import type { TopicFilter, TopicName } from "../protocol/mod.ts";

/**
 * The topics that a rule speaks about, for one client: client identifier and user name are filled in. A level is text
 * to be found exactly as it is, or null for `+`; a `+` or `#` inside a client identifier is text like any other.
 */
export interface TopicPattern {
  readonly levels: readonly (string | null)[];
  /** `#` follows the levels: whatever is below them belongs to it, and they themselves. */
  readonly open: boolean;
  /** A wildcard in the first level also stands for what begins with `$`, other than in a topic filter. */
  readonly dollarToo: boolean;
}

const slash = 0x2f;
const dollar = 0x24;

/** True if the topic is one of the pattern's. Allocates nothing. */
export function matchesTopic(pattern: TopicPattern, topic: TopicName): boolean {
  const { levels } = pattern;
  if (isHidden(pattern, topic)) return false;
  let start = 0;
  for (let index = 0; index < levels.length; index++) {
    // The topic is over before the pattern is.
    if (start > topic.length) return false;
    let end = topic.indexOf("/", start);
    if (end < 0) end = topic.length;
    const level = levels[index] as string | null;
    if (level !== null && (level.length !== end - start || !topic.startsWith(level, start))) return false;
    start = end + 1;
  }
  return pattern.open || start > topic.length;
}

/** True if every topic that the filter matches is one of the pattern's: what an allow rule must be to allow it. */
export function coversFilter(pattern: TopicPattern, filter: TopicFilter): boolean {
  if (isHidden(pattern, filter)) return false;
  const { levels } = pattern;
  const wanted = filter.split("/");
  for (const [index, level] of wanted.entries()) {
    if (index >= levels.length) return pattern.open;
    const own = levels[index] as string | null;
    if (level === "#" || (own !== null && own !== level) || (own !== null && level === "+")) return false;
  }
  return wanted.length === levels.length;
}

/** True if there may be a topic that the filter matches and that is one of the pattern's: what a deny rule denies. */
export function meetsFilter(pattern: TopicPattern, filter: TopicFilter): boolean {
  if (isHidden(pattern, filter) || isHiddenFrom(pattern, filter)) return false;
  const { levels } = pattern;
  const wanted = filter.split("/");
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return index <= levels.length || pattern.open;
    if (index >= levels.length) return pattern.open;
    const own = levels[index] as string | null;
    if (own !== null && level !== "+" && own !== level) return false;
  }
  return wanted.length === levels.length;
}

/** [MQTT-4.7.2-1] The pattern begins with a wildcard, which does not stand for what begins with `$`. */
function isHidden(pattern: TopicPattern, text: string): boolean {
  if (pattern.dollarToo || text.charCodeAt(0) !== dollar) return false;
  return pattern.levels.length === 0 ? pattern.open : pattern.levels[0] === null;
}

/** [MQTT-4.7.2-1] The same the other way round: a filter that begins with a wildcard misses `$SYS`. */
function isHiddenFrom(pattern: TopicPattern, filter: string): boolean {
  const first = pattern.levels[0];
  if (first === undefined || first === null || first.charCodeAt(0) !== dollar) return false;
  return (filter.startsWith("+") || filter.startsWith("#")) && (filter.length === 1 || filter.charCodeAt(1) === slash);
}
