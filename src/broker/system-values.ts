import { PacketType } from "../protocol/mod.ts";
import type { BrokerStatistics } from "./broker-reading.ts";

/** What the topics below `$SYS/broker` are made of. */
export interface SystemReading {
  readonly statistics: BrokerStatistics;
  readonly sessions: number;
  readonly subscriptions: number;
  readonly sharedSubscriptions: number;
  readonly retainedMessages: number;
}

/** The same with what is known without looking into the broker. */
export interface TimedReading extends SystemReading {
  /** Seconds since the broker started. */
  readonly uptime: number;
  /** Bytes of the process in memory. */
  readonly memory: number;
}

/** One topic: its name below `$SYS/broker/`, and its value. */
export interface SystemValue {
  readonly topic: string;
  readonly read: (reading: TimedReading) => number | string;
}

/** A number that only grows, of which rates are published. */
export interface SystemLoad {
  readonly name: string;
  readonly read: (statistics: BrokerStatistics) => number;
}

const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
const publishes = (counts: Float64Array): number => counts[PacketType.publish] as number;

/** The names are mosquitto's, which tools know. */
export const systemValues: readonly SystemValue[] = [
  { topic: "uptime", read: ({ uptime }) => `${Math.floor(uptime)} seconds` },
  { topic: "clients/total", read: ({ sessions }) => sessions },
  { topic: "clients/connected", read: ({ statistics }) => statistics.clients },
  { topic: "clients/active", read: ({ statistics }) => statistics.clients },
  { topic: "clients/disconnected", read: ({ sessions, statistics }) => sessions - statistics.clients },
  { topic: "clients/inactive", read: ({ sessions, statistics }) => sessions - statistics.clients },
  { topic: "clients/expired", read: ({ statistics }) => statistics.sessionsExpired },
  { topic: "messages/received", read: ({ statistics }) => total(statistics.packetsReceived) },
  { topic: "messages/sent", read: ({ statistics }) => total(statistics.packetsSent) },
  { topic: "publish/messages/received", read: ({ statistics }) => publishes(statistics.packetsReceived) },
  { topic: "publish/messages/sent", read: ({ statistics }) => publishes(statistics.packetsSent) },
  { topic: "publish/messages/dropped", read: ({ statistics }) => total(statistics.messagesDropped) },
  { topic: "bytes/received", read: ({ statistics }) => statistics.bytesReceived },
  { topic: "bytes/sent", read: ({ statistics }) => statistics.bytesSent },
  { topic: "subscriptions/count", read: ({ subscriptions }) => subscriptions },
  { topic: "shared_subscriptions/count", read: ({ sharedSubscriptions }) => sharedSubscriptions },
  { topic: "retained messages/count", read: ({ retainedMessages }) => retainedMessages },
  { topic: "heap/current", read: ({ memory }) => memory },
];

/** Published as `load/NAME/1min`, `5min` and `15min`: averages of what came per minute. */
export const systemLoads: readonly SystemLoad[] = [
  { name: "connections", read: ({ connectionsAccepted }) => connectionsAccepted },
  { name: "messages/received", read: ({ packetsReceived }) => total(packetsReceived) },
  { name: "messages/sent", read: ({ packetsSent }) => total(packetsSent) },
  { name: "publish/received", read: ({ packetsReceived }) => publishes(packetsReceived) },
  { name: "publish/sent", read: ({ packetsSent }) => publishes(packetsSent) },
  { name: "publish/dropped", read: ({ messagesDropped }) => total(messagesDropped) },
  { name: "bytes/received", read: ({ bytesReceived }) => bytesReceived },
  { name: "bytes/sent", read: ({ bytesSent }) => bytesSent },
];
