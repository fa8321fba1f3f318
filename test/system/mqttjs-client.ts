import assert from "node:assert/strict";
import { connect, type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from "mqtt";
import { uniqueName, type Version } from "../kit/mod.ts";

/** A message as MQTT.js hands it over. */
export interface Received {
  readonly topic: string;
  readonly text: string;
  readonly payload: Buffer;
  readonly packet: IPublishPacket;
}

/** MQTT.js with a list of what it received, in order, on which a test waits. */
export class MqttJs implements AsyncDisposable {
  readonly client: MqttClient;
  readonly #received: Received[] = [];
  #wakeup: () => void = () => {};

  private constructor(options: IClientOptions) {
    this.client = connect(options);
    // Before CONNACK: the messages of a resumed session come right behind it.
    this.client.on("message", (topic, payload, packet) => {
      this.#received.push({ topic, text: payload.toString(), payload, packet });
      this.#wakeup();
    });
  }

  /**
   * Connects; rejects where the broker refuses. It does not connect again by itself unless `reconnectPeriod` is given.
   */
  static async connected(
    broker: { readonly host: string; readonly port: number },
    version: Version,
    options: IClientOptions = {},
  ): Promise<MqttJs> {
    const self = new MqttJs({
      protocol: "mqtt",
      host: broker.host,
      port: broker.port,
      protocolVersion: version,
      protocolId: version === 3 ? "MQIsdp" : "MQTT",
      clientId: uniqueName("js"),
      reconnectPeriod: 0,
      connectTimeout: 30_000,
      ...options,
    });
    await self.connack();
    return self;
  }

  /** The next CONNACK that accepts; rejects over one that refuses. */
  async connack(): Promise<IConnackPacket> {
    const { promise, resolve, reject } = Promise.withResolvers<IConnackPacket>();
    this.client.once("connect", resolve);
    this.client.once("error", reject);
    try {
      return await promise;
    } finally {
      this.client.off("connect", resolve);
      this.client.off("error", reject);
    }
  }

  /** The next messages, exactly so many; thirty seconds (or `within` milliseconds) at most. */
  async receive(count: number, within = 30_000): Promise<Received[]> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const deadline = setTimeout(() => {
      reject(new Error(`expected ${count} messages within ${within} ms, got ${this.#received.length}`));
    }, within);
    this.#wakeup = () => {
      if (this.#received.length >= count) resolve();
    };
    this.#wakeup();
    try {
      await promise;
    } finally {
      clearTimeout(deadline);
    }
    return this.#received.splice(0, count);
  }

  /** The next message. */
  async next(): Promise<Received> {
    const [message] = await this.receive(1);
    assert.ok(message !== undefined);
    return message;
  }

  /** Resolves when the connection ends next. */
  closed(): Promise<void> {
    return new Promise((resolve) => {
      this.client.once("close", resolve);
    });
  }

  /** What came and was not asked for. */
  get left(): readonly Received[] {
    return this.#received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true);
  }
}
