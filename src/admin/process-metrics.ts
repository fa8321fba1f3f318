import { counter, gauge, type ObservedMetric, type ReadMetric } from "./metric.ts";

const transportNames = ["io_uring", "epoll", "node"] as const;

/** How late timers of the event loop are; 0.05 is a bound of its own since no stall shall be longer. */
export const eventLoopDelay: ObservedMetric = {
  type: "histogram",
  name: "akasa_event_loop_delay_seconds",
  unit: "seconds",
  help: "How late the event loop runs a timer, looked at every 20 ms: what everything else had to wait as well.",
  labels: {},
  buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
};

/** The kinds that the V8 engine tells apart. */
export const collectionKinds = ["minor", "major", "incremental", "weakcb"] as const;

/** Pauses by garbage collection. */
export const collectionDuration: ObservedMetric = {
  type: "histogram",
  name: "nodejs_gc_duration_seconds",
  unit: "seconds",
  help: "Duration of garbage collections.",
  labels: { kind: collectionKinds },
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
};

/**
 * What the process tells about itself. Names outside `akasa_` are those that dashboards for Prometheus and Node.js
 * know already, with the same meaning.
 */
export const processMetrics: readonly ReadMetric[] = [
  {
    type: "gauge",
    name: "akasa_build_info",
    unit: "",
    help: "Always 1; its labels say what is running.",
    labels: { version: [], node_version: [], transport: transportNames, node_id: [] },
    read: ({ build, transport }) => [
      {
        labels: {
          version: build.version,
          node_version: process.version,
          transport: transport.name,
          node_id: build.nodeId,
        },
        value: 1,
      },
    ],
  },
  {
    type: "gauge",
    name: "akasa_transport_info",
    unit: "",
    help: "Always 1; its labels say what carries the bytes of mqtt listeners, what was asked for, and why.",
    labels: { transport: transportNames, wanted: ["auto", ...transportNames], reason: [] },
    read: ({ transport: { name, wanted, reason } }) => [{ labels: { transport: name, wanted, reason }, value: 1 }],
  },
  {
    type: "counter",
    name: "akasa_event_loop_seconds_total",
    unit: "seconds",
    help: "Time that the event loops of all shards worked (active) and waited for something to do (idle).",
    labels: { state: ["active", "idle"] },
    read: ({ shards }) => {
      const sum = (of: "active" | "idle"): number => shards.reduce((seconds, { loop }) => seconds + loop[of] / 1000, 0);
      return [
        { labels: { state: "active" }, value: sum("active") },
        { labels: { state: "idle" }, value: sum("idle") },
      ];
    },
  },
  counter(
    "process_cpu_seconds_total",
    "seconds",
    "Processor time of the process, all its threads together.",
    (r) => (r.cpu.user + r.cpu.system) / 1e6,
  ),
  gauge("process_start_time_seconds", "seconds since 1970", "When the process began.", (r) => r.processStart),
  gauge("process_resident_memory_bytes", "bytes", "Memory of the process that is in RAM.", (r) => r.memory.rss),
  gauge("nodejs_heap_size_used_bytes", "bytes", "JavaScript heap in use.", (r) => r.memory.heapUsed),
  gauge("nodejs_heap_size_total_bytes", "bytes", "JavaScript heap reserved.", (r) => r.memory.heapTotal),
  gauge(
    "nodejs_external_memory_bytes",
    "bytes",
    "Memory outside the heap that JavaScript objects hold, buffers included.",
    (r) => r.memory.external,
  ),
];
