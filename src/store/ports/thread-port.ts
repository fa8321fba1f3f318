import type { MessagePort } from "node:worker_threads";
import type { StorePort } from "./store-message.ts";

/** A {@link StorePort} over a message port between two threads. */
export class ThreadPort<Sent, Received> implements StorePort<Sent, Received> {
  onMessage: (message: Received) => void = () => {};
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (message: Received) => this.onMessage(message));
  }

  send(message: Sent, moved: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, [...moved]);
  }

  close(): void {
    this.#port.close();
  }
}
