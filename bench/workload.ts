/** What carries MQTT, where it is not TCP alone. */
export type Carrier = "tls" | "ws";

/** One load, put on every peer in the same way. */
export interface Workload {
  readonly name: string;
  /** One line for the reader of the numbers. */
  readonly title: string;
  /** The generator's workload (generator/main.c). */
  readonly generator: string;
  /** The generator's options (generator/options.h). */
  readonly options: Readonly<Record<string, number>>;
  readonly protocol: 4 | 5;
  /** Default: TCP. Only peers that have it are measured. */
  readonly carrier?: Carrier;
  /** What CPU time and rate are counted per. */
  readonly unit: "message" | "connection" | "subscription";
  /** Runs with `npm run bench` without `--workloads`. */
  readonly byDefault: boolean;
  /** Options of a run before, on a fresh broker, whose p99 this one's is compared with. */
  readonly baseline?: Readonly<Record<string, number>>;
}
