import type { Reading } from "./reading.ts";

/** One value of a metric that has labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Described {
  readonly name: string;
  /** One sentence for `# HELP` and for docs/reference/metrics.md. */
  readonly help: string;
  /** What is counted or measured: messages, bytes, seconds. */
  readonly unit: string;
  /** Each label with its values; none are listed where they are free text. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** A metric that is read from the broker or the process when somebody scrapes. */
export interface ReadMetric extends Described {
  readonly type: "counter" | "gauge";
  readonly read: (reading: Reading) => number | readonly Sample[];
}

/** A metric whose values are observed as they come about. */
export interface ObservedMetric extends Described {
  readonly type: "histogram";
  /** Upper bounds. */
  readonly buckets: readonly number[];
}

/** A row of the one table that registers the metrics and documents them. */
export type Metric = ReadMetric | ObservedMetric;

/** A metric that only grows, without labels. */
export function counter(name: string, unit: string, help: string, read: (reading: Reading) => number): ReadMetric {
  return { type: "counter", name, unit, help, labels: {}, read };
}

/** A metric that goes up and down, without labels. */
export function gauge(name: string, unit: string, help: string, read: (reading: Reading) => number): ReadMetric {
  return { type: "gauge", name, unit, help, labels: {}, read };
}
