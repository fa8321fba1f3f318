import type { TopicFilter, TopicName } from "../protocol/mod.ts";

const cellCount = 8192;
const cellMask = cellCount - 1;

/** Cell of filters with a wildcard in their first level: they concern every topic. */
const everyTopic = 0;
/** Cell that nothing ever bumps: stands where a topic has no such prefix. */
const noTopic = 1;
const firstFree = 2;

/** Levels of literal prefix that are told apart. */
const prefixLevelsMax = 3;

/** A topic with the cells that its cached route depends on. */
export interface StampedTopic {
  readonly cell1: number;
  readonly cell2: number;
  readonly cell3: number;
  readonly cellWhole: number;
}

/**
 * Says when a topic's cached route is out of date, without a list of who cached what.
 *
 * Counters stand in cells. A filter that comes or goes bumps one cell: the one of its literal prefix (up to three
 * levels before the first wildcard), or of its whole text if it has no wildcard. A topic reads five cells: that of all
 * topics, those of its own first one, two and three levels, and that of its whole text. Counters only grow, so the
 * *sum* of the five is the same exactly if none of them moved:
 *
 *     filter  dev/+/cmd    bumps  [dev]
 *     filter  dev/7/#      bumps  [dev/7]
 *     topic   dev/7/cmd    reads  [*] [dev] [dev/7] [dev/7/cmd] [=dev/7/cmd]
 *
 * So ten thousand devices that each subscribe below their own name do not void each other's routes. Prefixes that
 * share a cell by chance cost a needless recomputation, never a wrong route.
 */
export class RouteStamps {
  /** Counts every bump: while it stands still all stamps do, and need not be looked up. */
  age = 0;
  readonly #cells = new Float64Array(cellCount);

  /** The cell of the topic's first `levels` levels (1 to 3); one that nothing bumps where it has fewer. */
  prefixCell(topic: TopicName, levels: number): number {
    let seen = 0;
    for (let at = 0; at <= topic.length; at++) {
      if (at < topic.length && topic.charCodeAt(at) !== 0x2f) continue;
      seen++;
      if (seen === levels) return cell(topic, at, levels);
    }
    return noTopic;
  }

  /** The cell of the whole topic. */
  wholeCell(topic: TopicName): number {
    return cell(topic, topic.length, 0);
  }

  /** The stamp of a topic now. */
  stamp(topic: StampedTopic): number {
    const all = this.#cells;
    return (
      (all[everyTopic] as number) +
      (all[topic.cell1] as number) +
      (all[topic.cell2] as number) +
      (all[topic.cell3] as number) +
      (all[topic.cellWhole] as number)
    );
  }

  /** A subscription to the filter came, went or changed. */
  bump(filter: TopicFilter): void {
    this.age++;
    const bumped = cellOfFilter(filter);
    this.#cells[bumped] = (this.#cells[bumped] as number) + 1;
  }
}

function cellOfFilter(filter: TopicFilter): number {
  let levels = 0;
  let prefixEnd = -1;
  for (let at = 0; at < filter.length; at++) {
    const code = filter.charCodeAt(at);
    if (code === 0x2b || code === 0x23) {
      return levels === 0 ? everyTopic : cell(filter, prefixEnd, Math.min(levels, prefixLevelsMax));
    }
    if (code === 0x2f) {
      levels++;
      if (levels <= prefixLevelsMax) prefixEnd = at;
    }
  }
  return cell(filter, filter.length, 0);
}

/** @param levels levels that `text[0..end)` has, or 0 where it is a whole topic */
function cell(text: string, end: number, levels: number): number {
  let value = 0x811c9dc5 ^ levels;
  for (let at = 0; at < end; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value ^= value >>> 15;
  return firstFree + ((value & cellMask) % (cellCount - firstFree));
}
