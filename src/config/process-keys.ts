/** The process itself. */
export const processKeys = {
  node_id: {
    type: "string",
    pattern: "^[A-Za-z0-9._-]{1,64}$",
    expects: "1 to 64 letters, digits, dots, hyphens or underscores",
    default: "akasa",
    description: "Name of this broker in logs and metrics.",
  },
  durability: {
    anyOf: [
      { enum: ["local", "memory"] },
      {
        type: "array",
        items: {
          type: "object",
          properties: { filter: { type: "string" }, level: { enum: ["local", "memory"] } },
          required: ["filter", "level"],
          additionalProperties: false,
        },
      },
    ],
    expects: "local, memory, or a list of {filter, level}",
    default: "local",
    description: [
      "What an acknowledgement promises. local: sessions, queued and retained messages survive the end of the process,",
      "also by kill -9 or a power cut. memory: they are lost with the process. Or a list of {filter: ..., level: ...}:",
      "the first filter that matches a message's topic decides, and none means local.",
    ],
  },
  data_dir: {
    type: "string",
    pattern: "^[^\\0]+$",
    expects: "a path",
    default: "./akasa-data",
    description:
      "Folder of the durable store, which one process at a time may use. Not used where durability is memory.",
  },
  shards: {
    anyOf: [{ enum: ["auto"] }, { type: "integer", minimum: 1, maximum: 64 }],
    expects: "auto, or an integer from 1 to 64",
    default: 1,
    description: [
      "Event loops that share the work, each in a thread of its own; auto: one for each core. What they cost and what",
      "crosses between them says the guide.",
    ],
  },
  transport: {
    enum: ["auto", "io_uring", "epoll", "node"],
    default: "auto",
    description:
      "What carries the bytes of mqtt listeners: the best that works here (auto), or one by name; see the guide.",
  },
  gather_microseconds: {
    type: "integer",
    minimum: 0,
    maximum: 1000,
    default: 200,
    unit: "microseconds",
    description:
      "Under load (3 arrivals in this time and more), about the time between two wake-ups: less CPU, some latency. 0: off.",
  },
  sys_interval_seconds: {
    type: "integer",
    minimum: 0,
    maximum: 86_400,
    default: 10,
    unit: "seconds",
    description:
      "How often what has changed of $SYS/broker/... is published, as retained messages with mosquitto's names. 0: never.",
  },
  shutdown_timeout_seconds: {
    type: "integer",
    minimum: 0,
    maximum: 3600,
    default: 4,
    unit: "seconds",
    description: "After a stop was asked for, what has not ended by then is cut.",
  },
  log_level: {
    enum: ["debug", "info", "warn", "error"],
    default: "info",
    description: "The least serious lines that are logged.",
  },
  log_format: {
    enum: ["text", "json"],
    default: "text",
    description: "Log lines to read (text) or for a collector (json: one object a line). They go to standard output.",
  },
} as const;
