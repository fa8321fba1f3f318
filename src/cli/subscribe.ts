import { type Command, InvalidArgumentError } from "commander";
import type { MqttClient } from "mqtt";

import { isTopicFilter } from "../protocol/mod.ts";
import { addClientOptions, type ClientOptions, connectClient, connectionEnd } from "./client.ts";
import { ExitCode } from "./exit-code.ts";
import { CommandError } from "./report-error.ts";

interface SubscribeOptions extends ClientOptions {
  readonly verbose?: boolean;
  readonly count?: number;
}

/** `akasa sub` */
export function addSubscribe(program: Command): void {
  const command = program
    .command("sub")
    .description("Show the messages that arrive at a broker, until Ctrl-C.")
    // -h is the host here, as in other MQTT commands.
    .helpOption("--help", "explain the command")
    .requiredOption(
      "-t, --topic <filter>",
      "which: a topic, + for any one level, # for all that follows, as greetings/#",
    )
    .option("-v, --verbose", "show the topic before each message")
    .option("-C, --count <number>", "end after this many messages", messageCount);
  addClientOptions(command).addHelpText("after", "\nExample:\n  akasa sub -t 'greetings/#' -v\n").action(subscribe);
}

function messageCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("Expected a whole number of at least 1.");
}

async function subscribe(options: SubscribeOptions): Promise<void> {
  if (!isTopicFilter(options.topic)) {
    throw new CommandError(ExitCode.usage, `"${options.topic}" is not a topic filter: + and # stand alone in a level`);
  }
  const client = await connectClient(options);
  try {
    const shown = showMessages(client, options);
    await Promise.all([grant(client, options), shown]);
    await client.endAsync();
  } catch (error) {
    // Without waiting for the broker: the connection may be what failed.
    client.end(true);
    throw error;
  }
}

async function grant(client: MqttClient, options: SubscribeOptions): Promise<void> {
  const refused = new CommandError(ExitCode.failure, `the broker refuses the subscription to "${options.topic}"`);
  const granted = await client.subscribeAsync(options.topic, { qos: options.qos }).catch(() => {
    throw refused;
  });
  if (granted.some((entry) => entry.qos >= 0x80)) throw refused;
}

/** Resolves when enough was shown or the user wants no more; rejects when the connection ends before. */
function showMessages(client: MqttClient, options: SubscribeOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = options.count ?? Number.POSITIVE_INFINITY;
  client.on("message", (topic, payload) => {
    if (left <= 0) return;
    left--;
    const head = options.verbose === true ? Buffer.from(`${topic} `) : Buffer.alloc(0);
    process.stdout.write(Buffer.concat([head, payload, Buffer.from("\n")]));
    if (left === 0) resolve();
  });
  connectionEnd(client, options).catch(reject);
  process.on("SIGINT", () => resolve());
  process.on("SIGTERM", () => resolve());
  return promise;
}
