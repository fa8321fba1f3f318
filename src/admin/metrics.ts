import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "../base/mod.ts";
import type { Broker } from "../broker/mod.ts";
import { brokerMetrics } from "./broker-metrics.ts";
import { storeMetrics } from "./store-metrics.ts";
import { CollectionObserver } from "./collection-observer.ts";
import { LoopDelaySampler } from "./loop-delay-sampler.ts";
import type { Metric, ObservedMetric, ReadMetric } from "./metric.ts";
import { collectionDuration, eventLoopDelay, processMetrics } from "./process-metrics.ts";
import { shardMetrics } from "./shard-metrics.ts";
import { type Build, read, type Reading } from "./reading.ts";

/** All metrics, as the text shows them: the one table behind /metrics and docs/reference/metrics.md. */
export const metricChapters: readonly { readonly title: string; readonly metrics: readonly Metric[] }[] = [
  { title: "Broker", metrics: brokerMetrics },
  { title: "Shards", metrics: shardMetrics },
  { title: "Durable store", metrics: storeMetrics },
  { title: "Process", metrics: [...processMetrics, eventLoopDelay, collectionDuration] },
];

/** What {@link Metrics} tell about. */
export interface MetricsSources {
  readonly broker: Broker;
  readonly build: Build;
  readonly clock: Clock;
}

/** The metrics of one broker. Each has its own registry, so that several brokers in one process do not mix. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sources: MetricsSources;
  readonly #update: ((reading: Reading) => void)[];
  readonly #observers: readonly { stop(): void }[];
  #scraping: Promise<string> | null = null;

  constructor(sources: MetricsSources) {
    this.#sources = sources;
    this.#update = [...brokerMetrics, ...shardMetrics, ...storeMetrics, ...processMetrics].map((metric) =>
      register(metric, this.#registry),
    );
    const delay = histogram(eventLoopDelay, this.#registry);
    const collections = histogram(collectionDuration, this.#registry);
    this.#observers = [
      new LoopDelaySampler(sources.clock, (seconds) => delay.observe(seconds)),
      new CollectionObserver((kind, seconds) => collections.observe({ kind }, seconds)),
    ];
  }

  /** The media type of what {@link scrape} answers. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The metrics in Prometheus' text format. Who asks while others are being answered gets the same answer. */
  async scrape(): Promise<string> {
    this.#scraping ??= this.#scrape().finally(() => {
      this.#scraping = null;
    });
    return this.#scraping;
  }

  /** Ends the observation of the process. */
  stop(): void {
    for (const observer of this.#observers) observer.stop();
  }

  async #scrape(): Promise<string> {
    const reading = await read(this.#sources.broker, this.#sources.build);
    for (const update of this.#update) update(reading);
    return this.#registry.metrics();
  }
}

/** Answers what brings the metric up to date. */
function register(metric: ReadMetric, registry: Registry): (reading: Reading) => void {
  const { name, help } = metric;
  const labelNames = Object.keys(metric.labels);
  const options = { name, help, labelNames, registers: [registry] };
  if (metric.type === "gauge") {
    const instrument = new Gauge(options);
    return (reading) => {
      const value = metric.read(reading);
      if (typeof value === "number") instrument.set(value);
      else {
        // What is gone (a shard, a certificate) is not shown any more.
        instrument.reset();
        for (const sample of value) instrument.set(sample.labels, sample.value);
      }
    };
  }
  const instrument = new Counter(options);
  return (reading) => {
    const value = metric.read(reading);
    // A Counter of prom-client can be counted up only, and these were counted elsewhere.
    instrument.reset();
    if (typeof value === "number") instrument.inc(value);
    else for (const sample of value) instrument.inc(sample.labels, sample.value);
  };
}

function histogram({ name, help, labels, buckets }: ObservedMetric, registry: Registry): Histogram {
  const labelNames = Object.keys(labels);
  const instrument = new Histogram({ name, help, labelNames, buckets: [...buckets], registers: [registry] });
  for (const label of labelNames) {
    // Without this a kind that did not happen yet would be missing instead of zero.
    for (const value of labels[label] ?? []) instrument.zero({ [label]: value });
  }
  return instrument;
}
