import assert from "node:assert/strict";

/** One metric of a scrape with all its series. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Value by series: the sample's name and its labels, sorted by name, as in the text. */
  readonly samples: ReadonlyMap<string, number>;
}

const helpLine = /^# HELP (?<name>[a-zA-Z_:][\w:]*) (?<help>\S.*)$/;
const typeLine = /^# TYPE (?<name>[a-zA-Z_:][\w:]*) (?<type>counter|gauge|histogram|summary|untyped)$/;
const sampleLine =
  /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>.*)\})? (?<value>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|NaN)$/;
const label = /(?<name>[a-zA-Z_]\w*)="(?<value>(?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/** Reads Prometheus' text format 0.0.4 and fails at whatever is not it. Shares nothing with what writes it. */
export function parsePrometheus(text: string): Map<string, Family> {
  assert.ok(text.endsWith("\n"), "the last line has no end");
  const families = new Map<string, Family & { readonly samples: Map<string, number> }>();
  let helpName = "";
  let help = "";
  let current = "";
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const helped = helpLine.exec(line)?.groups;
    const typed = typeLine.exec(line)?.groups;
    if (helped !== undefined) {
      helpName = helped["name"] ?? "";
      help = helped["help"] ?? "";
    } else if (typed === undefined) {
      const family = families.get(current) ?? assert.fail(`a sample before its TYPE: ${line}`);
      addSample(family, current, line);
    } else {
      current = typed["name"] ?? "";
      assert.equal(helpName, current, `TYPE without HELP: ${line}`);
      assert.ok(!families.has(current), `${current} comes twice`);
      families.set(current, { type: typed["type"] ?? "", help, samples: new Map() });
    }
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family);
  return families;
}

/** The name of a series in {@link Family.samples}. */
export function series(name: string, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.toSorted().join(",")}}`;
}

function addSample(family: { type: string; samples: Map<string, number> }, familyName: string, line: string): void {
  const groups = sampleLine.exec(line)?.groups ?? assert.fail(`not a sample: ${line}`);
  const name = groups["name"] ?? "";
  const names =
    family.type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => familyName + end) : [familyName];
  assert.ok(names.includes(name), `${name} stands below ${familyName}`);
  const key = series(name, labelsOf(groups["labels"] ?? "", line));
  assert.ok(!family.samples.has(key), `${key} comes twice`);
  const value = Number((groups["value"] ?? "").replace("Inf", "Infinity"));
  assert.ok(family.type !== "counter" || value >= 0, `a counter below zero: ${line}`);
  family.samples.set(key, value);
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  while (label.lastIndex < text.length) {
    const groups = label.exec(text)?.groups ?? assert.fail(`not labels: ${line}`);
    labels[groups["name"] ?? ""] = groups["value"] ?? "";
  }
  return labels;
}

/** Buckets count up to `+Inf`, which counts all. */
function checkHistogram(name: string, { samples }: Family): void {
  let bound = Infinity;
  let below = 0;
  for (const [key, value] of samples) {
    const le = /le="(?<le>[^"]+)"/.exec(key)?.groups?.["le"];
    if (le === undefined) continue;
    const next = Number(le.replace("+Inf", "Infinity"));
    // A smaller bound begins the next series.
    if (next <= bound) below = 0;
    assert.ok(value >= below, `${key} counts less than the bucket before`);
    bound = next;
    below = value;
    if (next !== Infinity) continue;
    const rest = key
      .replace(`${name}_bucket`, `${name}_count`)
      .replace(/,?le="\+Inf"/, "")
      .replace("{,", "{")
      .replace("{}", "");
    assert.equal(samples.get(rest), value, `${rest} is not the +Inf bucket`);
  }
}
