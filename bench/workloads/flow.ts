import type { Carrier, Workload } from "../workload.ts";

interface Shape {
  readonly name: string;
  readonly title: string;
  readonly options: Readonly<Record<string, number>>;
  /** Quality-of-service levels that run by default. */
  readonly byDefault: readonly number[];
}

const shapes: readonly Shape[] = [
  {
    name: "pair",
    title: "1000 publishers, a subscriber each, one message under way",
    options: { publishers: 1000, subscribers: 1000 },
    byDefault: [0, 1],
  },
  {
    name: "pair-50k",
    title: "1000 pairs, 50,000 messages per second offered",
    options: { publishers: 1000, subscribers: 1000, rate: 50_000 },
    byDefault: [0],
  },
  {
    name: "few",
    title: "5 publishers, a subscriber each, one message under way",
    options: { publishers: 5, subscribers: 5 },
    byDefault: [],
  },
  {
    name: "window",
    title: "50 publishers, a subscriber each, 32 messages under way",
    options: { publishers: 50, subscribers: 50, window: 32 },
    byDefault: [0, 1],
  },
  {
    name: "fan-out",
    title: "1 publisher, 1000 subscribers, 10 messages under way",
    options: { publishers: 1, subscribers: 1000, window: 10 },
    byDefault: [0, 1],
  },
  {
    name: "fan-in",
    title: "1000 publishers, one message under way each, 1 subscriber",
    options: { publishers: 1000, subscribers: 1 },
    byDefault: [0],
  },
];

function combine(shape: Shape, qos: number, protocol: 4 | 5): Workload {
  return {
    name: `${shape.name}-qos${qos}${protocol === 5 ? "-v5" : ""}`,
    title: `${shape.title}, QoS ${qos}, MQTT ${protocol === 5 ? "5.0" : "3.1.1"}`,
    generator: "flow",
    options: { ...shape.options, qos },
    protocol,
    unit: "message",
    byDefault: protocol === 4 && shape.byDefault.includes(qos),
  };
}

const carriers: Readonly<Record<Carrier, string>> = { tls: "TLS 1.3", ws: "WebSocket" };

/** What a broker does between sockets that are not plain: the shapes that one often sees there. */
function over(carrier: Carrier): Workload[] {
  return shapes
    .filter(({ name }) => ["pair", "window", "fan-out"].includes(name))
    .map((shape) => {
      const workload = combine(shape, 0, 4);
      const [name, title] = [`${shape.name}-${carrier}`, `${workload.title}, over ${carriers[carrier]}`];
      return { ...workload, name, title, carrier };
    });
}

/** Messages from publishers to subscribers in five shapes, three levels of service and two versions. */
export const flowWorkloads: readonly Workload[] = [
  ...shapes.flatMap((shape) =>
    ([4, 5] as const).flatMap((protocol) => [0, 1, 2].map((qos) => combine(shape, qos, protocol))),
  ),
  {
    name: "pair-properties-qos0-v5",
    title: "1000 pairs, topic alias and two user properties, QoS 0, MQTT 5.0",
    generator: "flow",
    options: { publishers: 1000, subscribers: 1000, alias: 1 },
    protocol: 5,
    unit: "message",
    byDefault: true,
  },
  ...over("tls"),
  ...over("ws"),
];
