import type {
  ListenersConfig,
  PlainListenerConfig,
  TlsListenerConfig,
  TlsWebSocketListenerConfig,
  WebSocketListenerConfig,
} from "./config.ts";

/** Kinds of listeners that clients come in by. */
export const clientListenerKinds = ["mqtt", "mqtts", "ws", "wss"] as const;

/** A kind of listener that clients come in by. */
export type ClientListenerKind = (typeof clientListenerKinds)[number];

interface Named {
  /** Unique among the listeners: what the log, metrics and rules call it. */
  readonly name: string;
  /** Its place in the configuration. */
  readonly path: readonly string[];
}

/** One listener that clients come in by, whether the configuration has one of its kind or a list. */
export type ClientListener = Named &
  (
    | { readonly kind: "mqtt"; readonly settings: PlainListenerConfig }
    | { readonly kind: "mqtts"; readonly settings: TlsListenerConfig }
    | { readonly kind: "ws"; readonly settings: WebSocketListenerConfig }
    | { readonly kind: "wss"; readonly settings: TlsWebSocketListenerConfig }
  );

/** All listeners that clients come in by, in the order of the configuration. */
export function clientListeners(listeners: ListenersConfig): ClientListener[] {
  return clientListenerKinds.flatMap((kind) => {
    const given = listeners[kind];
    if (given === null) return [];
    const several = Array.isArray(given);
    const all = (several ? given : [given]) as readonly PlainListenerConfig[];
    return all.map((settings, index) => {
      const name = settings.name ?? (index === 0 ? kind : `${kind}-${index + 1}`);
      const path = ["listeners", kind, ...(several ? [String(index)] : [])];
      // The schema gives each kind the keys of its settings.
      return { kind, name, path, settings } as ClientListener;
    });
  });
}
