import { handshakeFailures } from "../door/mod.ts";
import type { ReadMetric } from "./metric.ts";

/** What the listeners tell about connections that are not yet, or never, MQTT. */
export const listenerMetrics: readonly ReadMetric[] = [
  {
    type: "gauge",
    name: "akasa_handshakes_pending",
    unit: "connections",
    help: "Connections that are not through with PROXY header, TLS and WebSocket upgrade (max_handshakes limits them).",
    labels: { listener: [] },
    read: ({ gauges }) =>
      gauges.doors.map(({ name, pendingHandshakes }) => ({ labels: { listener: name }, value: pendingHandshakes })),
  },
  {
    type: "counter",
    name: "akasa_handshakes_failed_total",
    unit: "connections",
    help: "Connections closed before MQTT, by PROXY header, TLS, client certificate, WebSocket upgrade, or limits.",
    labels: { listener: [], reason: handshakeFailures },
    read: ({ gauges }) =>
      gauges.doors.flatMap(({ name, failedHandshakes }) =>
        handshakeFailures.map((reason) => ({ labels: { listener: name, reason }, value: failedHandshakes[reason] })),
      ),
  },
  {
    type: "gauge",
    name: "akasa_certificate_days_left",
    unit: "days",
    help: "Days until the certificate chain of a TLS listener expires, that of its first certificate to do so.",
    labels: { listener: [], file: [] },
    read: ({ gauges }) =>
      gauges.doors.flatMap(({ name, certificates }) =>
        certificates.map(({ file, daysLeft }) => ({ labels: { listener: name, file }, value: daysLeft })),
      ),
  },
];
