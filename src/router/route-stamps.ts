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

/** The cells that a topic's cached route depends on. */
export interface StampCells {
  readonly first: number;
  readonly second: number;
  readonly third: number;
  readonly whole: number;
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
  readonly #cells = new Float64Array(cellCount);

  /** The cells of a topic. */
  cellsOf(topic: TopicName): StampCells {
    const prefix = [noTopic, noTopic, noTopic];
    let levels = 0;
    for (let at = 0; at <= topic.length && levels < prefixLevelsMax; at++) {
      if (at === topic.length || topic.charCodeAt(at) === 0x2f) {
        prefix[levels] = prefixCell(topic, at, levels);
        levels++;
      }
    }
    const [first = noTopic, second = noTopic, third = noTopic] = prefix;
    return { first, second, third, whole: wholeCell(topic) };
  }

  /** The stamp of a topic now. */
  stamp(cells: StampCells): number {
    const all = this.#cells;
    return (
      (all[everyTopic] as number) +
      (all[cells.first] as number) +
      (all[cells.second] as number) +
      (all[cells.third] as number) +
      (all[cells.whole] as number)
    );
  }

  /** A subscription to the filter came, went or changed. */
  bump(filter: TopicFilter): void {
    const cell = cellOfFilter(filter);
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }
}

function cellOfFilter(filter: TopicFilter): number {
  let levels = 0;
  let prefixEnd = -1;
  for (let at = 0; at < filter.length; at++) {
    const code = filter.charCodeAt(at);
    if (code === 0x2b || code === 0x23) {
      return levels === 0 ? everyTopic : prefixCell(filter, prefixEnd, Math.min(levels, prefixLevelsMax) - 1);
    }
    if (code === 0x2f) {
      levels++;
      if (levels <= prefixLevelsMax) prefixEnd = at;
    }
  }
  return wholeCell(filter);
}

function prefixCell(text: string, end: number, level: number): number {
  return hash(text, end, level + 1);
}

function wholeCell(text: string): number {
  return hash(text, text.length, 0);
}

function hash(text: string, end: number, seed: number): number {
  let value = 0x811c9dc5 ^ seed;
  for (let at = 0; at < end; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value ^= value >>> 15;
  return firstFree + ((value & cellMask) % (cellCount - firstFree));
}
