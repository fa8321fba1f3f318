import { type Clock, packageVersion, type Timer } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Broker } from "./broker.ts";
import { type SystemReading, systemLoads, systemValues } from "./system-values.ts";

/** What {@link SystemTopics} work with. */
export interface SystemTopicsParts {
  readonly clock: Clock;
  /** Milliseconds between two rounds. */
  readonly interval: number;
  readonly version: string;
  /** A promise where the numbers are elsewhere. */
  readonly read: () => SystemReading | Promise<SystemReading>;
  /** Publishes a retained message of the server's. */
  readonly publish: (topic: string, payload: string) => void;
  /** Bytes of the process in memory. */
  readonly memoryUsed: () => number;
}

/** Starts to publish, where the configuration wants that. */
export function openSystemTopics(
  { sys_interval_seconds: seconds }: Config,
  { actions, clock, read }: Pick<SystemTopicsParts, "clock" | "read"> & { readonly actions: Pick<Broker, "publish"> },
): SystemTopics | null {
  if (seconds === 0) return null;
  const publish = (topic: string, payload: string): void => void actions.publish({ topic, payload, retain: true });
  const memoryUsed = (): number => process.memoryUsage.rss();
  return new SystemTopics({ clock, interval: seconds * 1000, version: packageVersion(), read, publish, memoryUsed });
}

/** Minutes over which loads are averaged. */
const windows = [1, 5, 15] as const;

/**
 * Publishes what the broker tells of itself as retained messages below `$SYS/broker`, with mosquitto's names: at the
 * start, then what has changed, in each interval.
 */
export class SystemTopics {
  readonly #parts: SystemTopicsParts;
  readonly #startedAt: number;
  readonly #published = new Map<string, string>();
  readonly #counts: number[] = systemLoads.map(() => 0);
  /** Of each load one average for each window. */
  readonly #loads: readonly number[][] = systemLoads.map(() => windows.map(() => 0));
  #clientsMax = 0;
  #last: number;
  #timer: Timer | null = null;
  #stopped = false;

  constructor(parts: SystemTopicsParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    this.#last = this.#startedAt;
    this.#begin();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #begin(): void {
    const reading = this.#parts.read();
    if (reading instanceof Promise) void reading.then((later) => this.#round(later));
    else this.#round(reading);
  }

  #round(read: SystemReading): void {
    if (this.#stopped) return;
    const { clock, interval, version, memoryUsed } = this.#parts;
    const now = clock.now();
    const reading = { ...read, uptime: (now - this.#startedAt) / 1000, memory: memoryUsed() };
    this.#clientsMax = Math.max(this.#clientsMax, reading.statistics.clients);
    this.#publish("version", `akasa version ${version}`);
    for (const value of systemValues) this.#publish(value.topic, String(value.read(reading)));
    this.#publish("clients/maximum", String(this.#clientsMax));
    this.#publishLoads(reading, (now - this.#last) / 60_000);
    this.#last = now;
    this.#timer = clock.after(interval, () => this.#begin());
  }

  /** An average over a window forgets what is older step by step, as the load average of Unix does. */
  #publishLoads({ statistics }: SystemReading, minutes: number): void {
    if (minutes === 0) return;
    for (const [index, { name, read }] of systemLoads.entries()) {
      const count = read(statistics);
      const perMinute = (count - (this.#counts[index] as number)) / minutes;
      this.#counts[index] = count;
      const averages = this.#loads[index] as number[];
      for (const [position, window] of windows.entries()) {
        const kept = Math.exp(-minutes / window);
        const average = (averages[position] as number) * kept + perMinute * (1 - kept);
        averages[position] = average;
        this.#publish(`load/${name}/${window}min`, average.toFixed(2));
      }
    }
  }

  #publish(name: string, value: string): void {
    if (this.#published.get(name) === value) return;
    this.#published.set(name, value);
    this.#parts.publish(`$SYS/broker/${name}`, value);
  }
}
