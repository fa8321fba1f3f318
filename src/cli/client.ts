import { type Command, InvalidArgumentError, Option } from "commander";
import type { IClientOptions, MqttClient } from "mqtt";

import { WorldError } from "../base/mod.ts";

/** The options that `pub` and `sub` share. */
export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly id?: string;
  readonly username?: string;
  readonly password?: string;
  readonly protocolVersion: "3.1" | "3.1.1" | "5";
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

/** Adds the options that `pub` and `sub` share. */
export function addClientOptions(command: Command): Command {
  const version = new Option("-V, --protocol-version <version>", "MQTT version").choices(["3.1", "3.1.1", "5"]);
  return command
    .option("-h, --host <host>", "the broker's host", "127.0.0.1")
    .option("-p, --port <port>", "the broker's port", portNumber, 1883)
    .option("-q, --qos <qos>", "0: at most once, 1: at least once, 2: exactly once", qosNumber, 0)
    .option("-i, --id <id>", "client identifier (otherwise a random one)")
    .option("-u, --username <name>", "user name")
    .option("-P, --password <password>", "password (other users of this machine may see it while the command runs)")
    .addOption(version.default("5"));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new InvalidArgumentError("Expected a port from 1 to 65535.");
}

function qosNumber(text: string): number {
  if (["0", "1", "2"].includes(text)) return Number(text);
  throw new InvalidArgumentError("Expected 0, 1 or 2.");
}

/**
 * Connects as a client.
 *
 * @throws WorldError `broker_unreachable` if there is no broker or it refuses.
 */
export async function connectClient(options: ClientOptions): Promise<MqttClient> {
  // Loaded only here: the client library is large, and no other command needs it.
  const { connectAsync } = await import("mqtt");
  try {
    return await connectAsync(clientSettings(options));
  } catch (error) {
    throw unreachable(options, error);
  }
}

/** Rejects when the connection ends, with the reason that the broker gave. */
export function connectionEnd(client: MqttClient, options: ClientOptions): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  client.on("error", (error) => reject(unreachable(options, error)));
  let end = "the connection has ended";
  client.on("disconnect", ({ reasonCode = 0, properties }) => {
    const reason = properties?.reasonString ?? `reason code 0x${reasonCode.toString(16).padStart(2, "0")}`;
    end = `the broker ended the connection: ${reason}`;
  });
  client.on("close", () => reject(unreachable(options, new Error(end))));
  return promise;
}

/** Names the broker and why it could not be talked to. */
export function unreachable(options: ClientOptions, error: unknown): WorldError {
  const reason = error instanceof Error ? describe(error) : String(error);
  return new WorldError("broker_unreachable", `${options.host}:${options.port}: ${reason}`, { cause: error });
}

function describe(error: Error): string {
  if ("code" in error && error.code === "ECONNREFUSED") return "no broker listens there (connection refused)";
  return error.message === "" && "code" in error ? String(error.code) : error.message;
}

function clientSettings(options: ClientOptions): IClientOptions {
  const { username, password, id } = options;
  return {
    protocol: "mqtt",
    host: options.host,
    port: options.port,
    ...protocolOf(options.protocolVersion),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    clientId: id ?? `akasa-${crypto.randomUUID().slice(0, 13)}`,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
  };
}

function protocolOf(version: ClientOptions["protocolVersion"]): Pick<IClientOptions, "protocolId" | "protocolVersion"> {
  switch (version) {
    case "3.1":
      return { protocolId: "MQIsdp", protocolVersion: 3 };
    case "3.1.1":
      return { protocolId: "MQTT", protocolVersion: 4 };
    case "5":
      return { protocolId: "MQTT", protocolVersion: 5 };
  }
}
