/** The keys of `hook`. The switches are the original's: each turns off the points that its hooks map to. */
export const hookKeys = {
  enable_before_connect: { type: "boolean", default: true, description: "Call `beforeConnect` and `authenticate`." },
  enable_after_connect: { type: "boolean", default: true, description: "Call `afterConnect`." },
  enable_after_disconnect: { type: "boolean", default: true, description: "Call `disconnected`." },
  enable_publish: {
    type: "boolean",
    default: true,
    description: "Call `authorizePublish`, `beforePublish` and `afterPublish`.",
  },
  enable_subscribe: {
    type: "boolean",
    default: true,
    description: "Call `authorizeSubscribe`, `beforeSubscribe` and `afterSubscribe`.",
  },
  enable_unsubscribe: {
    type: "boolean",
    default: true,
    description: "Call `beforeUnsubscribe` and `afterUnsubscribe`.",
  },
  timeout_seconds: {
    type: "integer",
    minimum: 1,
    maximum: 3600,
    default: 5,
    unit: "seconds",
    description: "A packet waits no longer for the hooks of a point; then timeout_verdict counts.",
  },
  timeout_verdict: {
    enum: ["refuse", "accept"],
    default: "refuse",
    description: "What a late hook counts as: refuse (0x83 Implementation specific error), or accept.",
  },
  max_parked_packets: {
    type: "integer",
    minimum: 1,
    maximum: 10000000,
    default: 10000,
    description: "Packets that wait for hooks at the same time; more are refused with 0x97 Quota exceeded.",
  },
  max_waiting_actions: {
    type: "integer",
    minimum: 1,
    maximum: 10000000,
    default: 100000,
    description: [
      "Actions of hooks (publish, subscribe, disconnect) that wait for the end of what they were called in; more are",
      "refused.",
    ],
  },
} as const;

/** The list of modules. */
export const hookModules = {
  type: "array",
  items: {
    anyOf: [
      { type: "string", minLength: 1 },
      {
        type: "object",
        properties: {
          module: { type: "string", minLength: 1 },
          options: { type: "object" },
          from: { type: "string" },
        },
        required: ["module"],
        additionalProperties: false,
      },
    ],
  },
  expects: "a list of modules: each a path (./my-hooks.ts), a package, akasa:NAME, or { module, options }",
  default: [],
  description: [
    "Modules of hooks, called in this order: a path that begins with `./`, relative to this file, a package, or",
    "`akasa:` with audit-log, auto-subscribe, delayed-publish, payload-schema, presence or topic-rewrite. `{ module,",
    "options }` hands options to the module. SIGHUP loads them anew.",
  ],
} as const;
