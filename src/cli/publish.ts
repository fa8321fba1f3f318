import { buffer } from "node:stream/consumers";

import type { Command } from "commander";

import { WorldError } from "../base/mod.ts";
import { isTopicName } from "../protocol/mod.ts";
import { addClientOptions, type ClientOptions, connectClient, connectionEnd, unreachable } from "./client.ts";
import { ExitCode } from "./exit-code.ts";
import { CommandError } from "./report-error.ts";

interface PublishOptions extends ClientOptions {
  readonly message?: string;
  readonly stdin?: boolean;
  readonly retain?: boolean;
}

/** `akasa pub` */
export function addPublish(program: Command): void {
  const command = program
    .command("pub")
    .description("Send one message to a broker.")
    // -h is the host here, as in other MQTT commands.
    .helpOption("--help", "explain the command")
    .requiredOption("-t, --topic <topic>", "where to send it, as greetings/all")
    .option("-m, --message <text>", "the message; an empty one ('') with -r deletes a retained message")
    .option("-s, --stdin", "send what standard input contains")
    .option("-r, --retain", "the broker keeps it for those who subscribe later");
  addClientOptions(command).addHelpText("after", "\nExample:\n  akasa pub -t greetings/all -m hello\n").action(publish);
}

async function publish(options: PublishOptions): Promise<void> {
  if (!isTopicName(options.topic)) {
    throw new CommandError(ExitCode.usage, `"${options.topic}" is not a topic to send to: no + or # and not empty`);
  }
  const payload = await payloadOf(options);
  const client = await connectClient(options);
  try {
    const sent = client.publishAsync(options.topic, payload, { qos: options.qos, retain: options.retain === true });
    // The library's promise never settles where the connection ends first.
    await Promise.race([sent, connectionEnd(client, options)]);
    await client.endAsync();
  } catch (error) {
    throw error instanceof WorldError ? error : unreachable(options, error);
  }
}

async function payloadOf({ message, stdin }: PublishOptions): Promise<Buffer> {
  if ((message === undefined) === (stdin !== true)) {
    throw new CommandError(ExitCode.usage, "say what to send: either -m TEXT or -s for standard input");
  }
  return message === undefined ? buffer(process.stdin) : Buffer.from(message);
}
