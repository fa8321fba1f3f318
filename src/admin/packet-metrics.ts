import { PacketType, packetTypeNames } from "../protocol/mod.ts";
import type { ReadMetric, Sample } from "./metric.ts";

/** The packets that a client may send (MQTT 5.0 section 2.1.2). */
const fromClients = [
  "connect",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "unsubscribe",
  "pingreq",
  "disconnect",
  "auth",
] as const;

/** The packets that a server may send. */
const toClients = [
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "suback",
  "unsuback",
  "pingresp",
  "disconnect",
  "auth",
] as const;

/** Whatever else a client sent as the type of a packet. */
const invalid = "invalid";

/** Packets by type. */
export const packetMetrics: readonly ReadMetric[] = [
  {
    type: "counter",
    name: "akasa_packets_received_total",
    unit: "packets",
    help: "Packets from clients; invalid is every type that only a server sends.",
    labels: { type: [...fromClients, invalid] },
    read: ({ statistics }) => {
      const samples = samplesOf(statistics.packetsReceived, fromClients);
      const valid = samples.reduce((sum, { value }) => sum + value, 0);
      const all = statistics.packetsReceived.reduce((sum, count) => sum + count, 0);
      return [...samples, { labels: { type: invalid }, value: all - valid }];
    },
  },
  {
    type: "counter",
    name: "akasa_packets_sent_total",
    unit: "packets",
    help: "Packets to clients.",
    labels: { type: toClients },
    read: ({ statistics }) => samplesOf(statistics.packetsSent, toClients),
  },
];

function samplesOf(counts: Float64Array, types: readonly (keyof typeof PacketType)[]): Sample[] {
  return types.map((name) => {
    const type = PacketType[name];
    return { labels: { type: packetTypeNames[type] as string }, value: counts[type] as number };
  });
}
