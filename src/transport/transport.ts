import type { Listener, ListenOptions } from "./listener.ts";
import { listenNode } from "./node-listener.ts";
import type { TurnSink } from "./turn.ts";

/** What carries the bytes of plain listeners, for one event loop. */
export interface Transport {
  /** What sends the output of a turn at once; null: channels write one by one. */
  readonly sink: TurnSink | null;
  /** Runs a function once when everything that has arrived was handled: for the {@link Turn}. */
  schedule(run: () => void): void;
  /** @throws WorldError `address_in_use`, `address_not_available`, `permission_denied` */
  listen(options: ListenOptions): Promise<Listener>;
  /** When all its channels have ended. */
  close(): void;
}

/** node:net: everywhere, at two to three times the cost. */
export const nodeTransport: Transport = {
  sink: null,
  schedule: (run) => void setImmediate(run),
  listen: listenNode,
  close() {},
};
