import { shortNumber } from "./report.ts";
import type { Result } from "./results.ts";

const width = 860;
const labelWidth = 210;
const valueWidth = 150;
const barHeight = 15;
const groupGap = 14;
const headHeight = 64;

/** The brokers in the picture; variants of Akasa beside these stand in the table alone. */
const colours: ReadonlyMap<string, string> = new Map([
  ["akasa", "#1f6feb"],
  ["akasa-node", "#79a9ee"],
  ["mosquitto", "#8c959f"],
  ["aedes", "#d29922"],
]);

interface Group {
  readonly workload: string;
  readonly results: readonly Result[];
}

function groupByWorkload(results: readonly Result[]): Group[] {
  const shown = results.filter(
    ({ unit, peer, median }) =>
      unit === "message" && colours.has(peer) && "cpu_us" in median && !("ping_max_us" in median),
  );
  return [...new Set(shown.map((result) => result.workload))].map((workload) => ({
    workload,
    results: shown.filter((result) => result.workload === workload),
  }));
}

function text(x: number, y: number, words: string, more = ""): string {
  const safe = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}"${more}>${safe}</text>`;
}

function drawGroup(group: Group, top: number): string[] {
  const costs = group.results.map((result) => result.median["cpu_us"] ?? 0);
  const most = Math.max(...costs);
  const lines = [text(labelWidth - 12, top + 12, group.workload, ' text-anchor="end"')];
  for (const [index, result] of group.results.entries()) {
    const cost = costs[index] ?? 0;
    const y = top + index * barHeight;
    const length = Math.max(1, ((width - labelWidth - valueWidth) * cost) / most);
    const colour = colours.get(result.peer) as string;
    const bar = `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight - 2}" fill="${colour}"/>`;
    const value = `${shortNumber(cost)} us ${result.peer}`;
    lines.push(bar, text(Math.round(labelWidth + length + 6), y + 11, value));
  }
  return lines;
}

/**
 * CPU per delivered message as bars. Each workload has its own linear scale, its most expensive broker filling the
 * width: costs differ by a factor of a hundred between workloads, and a logarithmic bar hides a factor of two.
 */
export function drawBars(results: readonly Result[]): string {
  const body: string[] = [];
  let top = headHeight;
  for (const group of groupByWorkload(results)) {
    body.push(...drawGroup(group, top));
    top += group.results.length * barHeight + groupGap;
  }
  const newest = results.toSorted((a, b) => a.date.localeCompare(b.date)).at(-1);
  const where = newest === undefined ? "" : `${newest.cpu}, Linux ${newest.kernel}, Node ${newest.node}, one core`;
  const style = "font: 12px system-ui, sans-serif; fill: #1f2328";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}" role="img">`,
    "<title>CPU microseconds per delivered message</title>",
    `<rect width="${width}" height="${top}" rx="8" fill="#ffffff"/>`,
    `<g style="${style}">`,
    text(
      16,
      26,
      "CPU microseconds per delivered message (less is better)",
      ' style="font-size: 16px; font-weight: 600"',
    ),
    text(16, 46, `${where}; each workload has its own scale`, ' fill-opacity="0.7"'),
    ...body,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}
