import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { assert, type LogFields, type Logger, WorldError } from "../base/mod.ts";
import { PortCarrier } from "../cluster/mod.ts";
import { startBroker } from "./broker.ts";
import type { FromThread, ThreadData, ToThread } from "./shard-thread-message.ts";

// What a thread runs: one shard, started, read and stopped by messages of the thread that supervises it.

const { config, shard, debugEnabled } = workerData as ThreadData;
assert(parentPort !== null, "a shard's thread has a thread that started it");
const supervisor: MessagePort = parentPort;
const carrier = new PortCarrier(shard);

function tell(message: FromThread): void {
  supervisor.postMessage(message);
}

function log(level: "debug" | "info" | "warn" | "error"): (message: string, fields?: LogFields) => void {
  return (message, fields = {}) => tell({ kind: "log", level, message, fields: { ...fields, shard } });
}

const logger: Logger = {
  debugEnabled,
  debug: log("debug"),
  info: log("info"),
  warn: log("warn"),
  error: log("error"),
};

/** Others are joined before anything else: what a client subscribes to first is told them too. */
const starting = Promise.withResolvers<void>();

async function run(): Promise<void> {
  await starting.promise;
  const broker = await startBroker(config, { logger, carrier });
  supervisor.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "read":
        void broker.queued().then((queued) => {
          const { statistics } = broker;
          tell({ kind: "reading", id: message.id, reading: { statistics, gauges: broker.gauges(), queued } });
        });
        return;
      case "reload":
        void broker.reload();
        return;
      case "stop":
        void broker.stop().then(() => {
          carrier.close();
          tell({ kind: "stopped" });
          supervisor.close();
        });
        return;
      default:
    }
  });
  tell({ kind: "started", listeners: broker.listeners });
}

supervisor.on("message", (message: ToThread) => {
  if (message.kind === "join") carrier.join(message.shard, message.port);
  if (message.kind === "leave") carrier.leave(message.shard);
  if (message.kind === "start") starting.resolve();
});

run().catch((error: unknown) => {
  const code = error instanceof WorldError ? error.code : null;
  tell({ kind: "failed", code, message: error instanceof Error ? error.message : String(error) });
  supervisor.close();
});
