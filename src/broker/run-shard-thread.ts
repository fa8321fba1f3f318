import type { MessagePort } from "node:worker_threads";
import { type LogFields, type Logger, WorldError, type WorldErrorCode } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { PortCarrier } from "../cluster/mod.ts";
import { type OneShardServices, startShard } from "./broker.ts";
import { sharedJournal, type StoreDoor } from "./open-journal.ts";
import type { FromThread, ThreadCalls, ThreadData, ToThread } from "./shard-thread-message.ts";
import { ShardCalls } from "./thread-calls.ts";

/** What a shard's thread is given. */
export interface ThreadBeginning {
  readonly data: ThreadData;
  /** Leads to the thread that supervises it. */
  readonly port: MessagePort;
}

/** Runs one shard in this thread: started, called and stopped by messages of the thread that supervises it. */
export async function runShardThread(
  services: Pick<OneShardServices, "clock" | "openJournal">,
  { data, port: supervisor }: ThreadBeginning,
): Promise<void> {
  const { shard, debugEnabled } = data;
  const carrier = new PortCarrier(shard);
  const tell = (message: FromThread): void => supervisor.postMessage(message);
  const logger = loggerOf(tell, { shard, debugEnabled });
  // Others are joined before anything else: what a client subscribes to first is told them too.
  const preparing = Promise.withResolvers<Beginning>();
  const starting = Promise.withResolvers<Config>();
  const stopping = Promise.withResolvers<void>();
  const running = Promise.withResolvers<ThreadCalls>();
  let door: StoreDoor | null = null;
  const store = (): Pick<OneShardServices, "openJournal"> => {
    const opened = door;
    if (opened === null) return {};
    return { openJournal: (_, { clock }) => Promise.resolve(sharedJournal(opened, clock)) };
  };
  supervisor.on("message", (message: ToThread) => {
    if (message.kind === "join") carrier.join(message.shard, message.end);
    if (message.kind === "leave") carrier.leave(message.shard);
    if (message.kind === "store") door = message;
    if (message.kind === "prepare") preparing.resolve(message);
    if (message.kind === "start") starting.resolve(message.config);
    if (message.kind === "call") void running.promise.then((calls) => answer(calls, message, tell));
    if (message.kind === "stop") stopping.resolve();
  });
  try {
    const stopped = stopping.promise.then(() => null);
    const beginning = await Promise.race([preparing.promise, stopped]);
    if (beginning !== null) {
      const { config, ticketSecret } = beginning;
      const beforeDoors = (): Promise<Config | null> => {
        tell({ kind: "prepared" });
        return Promise.race([starting.promise, stopped]);
      };
      const broker = await startShard(config, { ...store(), ...services, logger, carrier, ticketSecret, beforeDoors });
      const way = { tell, newsWaiting: data.newsWaiting, newsBytesMax: config.max_shard_waiting_bytes };
      running.resolve(new ShardCalls(broker, way));
      tell({ kind: "started", listeners: broker.listeners, transport: broker.transport });
      await stopping.promise;
      await broker.stop();
    }
  } catch (error) {
    tell({ kind: "failed", ...problemOf(error) });
  }
  carrier.close();
  supervisor.close();
}

type Beginning = Extract<ToThread, { kind: "prepare" }>;
type Call = Extract<ToThread, { kind: "call" }>;

async function answer(
  calls: ThreadCalls,
  { id, name, words }: Call,
  tell: (message: FromThread) => void,
): Promise<void> {
  try {
    const call = calls[name] as (...words: readonly unknown[]) => Promise<unknown>;
    tell({ kind: "answer", id, answer: await call.apply(calls, [...words]) });
  } catch (error) {
    tell({ kind: "fault", id, ...problemOf(error) });
  }
}

function problemOf(error: unknown): { readonly code: WorldErrorCode | null; readonly message: string } {
  const code = error instanceof WorldError ? error.code : null;
  return { code, message: error instanceof Error ? error.message : String(error) };
}

function loggerOf(
  tell: (message: FromThread) => void,
  { shard, debugEnabled }: Pick<ThreadData, "shard" | "debugEnabled">,
): Logger {
  const log =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: LogFields = {}): void =>
      tell({ kind: "log", level, message, fields: { ...fields, shard } });
  return { debugEnabled, debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}
