import type { HookBroker } from "../hook-broker.ts";
import type { Client } from "../hook-client.ts";
import type { Hooks } from "../hooks.ts";
import { checkNames, numberOption } from "./read-option.ts";

/** Options of {@link presence}. */
export interface PresenceOptions {
  /** Of the messages; default 0. */
  readonly qos?: 0 | 1 | 2;
}

/**
 * Publishes `$SYS/brokers/NODE/clients/ID/connected` and `.../disconnected`: one pair for each connection, in this
 * order, also when a connection takes a session over. ID is the client identifier; `/`, `+`, `#` and `%` in it are
 * written as in a URL. The payload is JSON.
 */
export function presence(options: PresenceOptions = {}): Hooks {
  checkNames(options, ["qos"]);
  const qos = numberOption("qos", options.qos, [0, 2], 0) as 0 | 1 | 2;
  const tell = (broker: HookBroker, client: Client, event: string, more: object): void => {
    const topic = `$SYS/brokers/${broker.nodeId}/clients/${levelOf(client.id)}/${event}`;
    const { id: clientId, userName, remoteAddress, protocolVersion, listener } = client;
    const at = broker.clock.wallTime();
    const payload = JSON.stringify({ clientId, userName, remoteAddress, protocolVersion, listener, at, ...more });
    void broker.publish({ topic, payload, qos });
  };
  return {
    afterConnect({ client, sessionPresent }, broker) {
      tell(broker, client, "connected", { sessionPresent });
    },
    disconnected({ client, reasonCode, reason, takenOver }, broker) {
      tell(broker, client, "disconnected", { reasonCode, reason, takenOver });
    },
  };
}

function levelOf(clientId: string): string {
  return clientId.replaceAll(/[/+#%]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
