import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import type { collectionKinds } from "./process-metrics.ts";

type CollectionKind = (typeof collectionKinds)[number];

const kindNames: ReadonlyMap<number, CollectionKind> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/** Observes, in seconds, the garbage collections of the process. */
export class CollectionObserver {
  readonly #observer: PerformanceObserver;

  constructor(observe: (kind: CollectionKind, seconds: number) => void) {
    // prom-client brings one of its own, which looks at the first of several entries only.
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const kind = kindNames.get(kindOf(entry));
        if (kind !== undefined) observe(kind, entry.duration / 1000);
      }
    });
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  stop(): void {
    this.#observer.disconnect();
  }
}

function kindOf(entry: PerformanceEntry): number {
  const { detail } = entry as { readonly detail?: { readonly kind?: number } };
  return detail?.kind ?? -1;
}
