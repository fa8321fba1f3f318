import { Argument, type Command } from "commander";

import { explain, type Question, readRuleFile, type Subject, RuleSet } from "../access/mod.ts";
import { WorldError } from "../base/mod.ts";
import { type Config, loadConfig } from "../config/mod.ts";
import { isTopicName, parseFilter } from "../protocol/mod.ts";
import { asConfigError } from "./config-error.ts";

interface ExplainOptions {
  readonly config: string;
  readonly user?: string;
  readonly client: string;
  readonly group: readonly string[];
  readonly topic?: string;
  readonly address: string;
  readonly listener: string;
}

const more = `
  akasa explain subscribe --config akasa.yaml --user ann --client panel-7 --topic 'devices/+/state'
  allowed by access.acl:12: allow subscribe devices/# user=ann

The answer is that of the rules in the file, by the code that decides in the broker; rules that a token or a call-out
brings with a client come before them and are not known here. Exit code 0 whatever the answer is.
`;

/** `akasa explain` */
export function addExplain(program: Command): void {
  const collect = (value: string, all: readonly string[]): string[] => [...all, value];
  program
    .command("explain")
    .description("Tell which rule of access decides about something that a client does.")
    .addArgument(
      new Argument("<action>", "what the client does").choices(["publish", "subscribe", "receive", "connect"]),
    )
    .requiredOption("-c, --config <file>", "the configuration file, whose acl.file is asked")
    .option("--user <name>", "user name that the client has proved; without it nobody proved one")
    .option("--client <id>", "client identifier", "")
    .option("--topic <topic>", "topic, or topic filter to subscribe")
    .option("--group <name>", "group of the user; may be given several times", collect, [])
    .option("--address <address>", "IP address of the client, or unix", "127.0.0.1")
    .option("--listener <name>", "listener that the client comes in by", "mqtt")
    .addHelpText("after", more)
    .action((action: Question["action"], options: ExplainOptions) => {
      process.stdout.write(`${explanation(action, options)}\n`);
    });
}

function explanation(action: Question["action"], options: ExplainOptions): string {
  const { acl } = load(options.config);
  const question = questionOf(action, options.topic);
  if (action === "publish" && /^\$SYS(\/|$)/.test(options.topic ?? "")) {
    return "denied: topics that begin with $SYS are the server's";
  }
  if (acl.file === null && acl.default !== "deny") {
    return "allowed: acl.file is not set, so that every client may do everything";
  }
  const subject: Subject = {
    clientId: options.client,
    userName: options.user ?? null,
    groups: options.group,
    address: options.address,
    listener: options.listener,
  };
  const { allowed, line, text } = explain(rulesOf(acl), subject, question, acl.default ?? "deny");
  const verdict = allowed ? "allowed" : "denied";
  return line === 0 ? `${verdict}: ${text}` : `${verdict} by ${acl.file}:${line}: ${text}`;
}

function questionOf(action: Question["action"], topic: string | undefined): Question {
  if (action === "connect") return { action };
  if (topic === undefined) throw new WorldError("usage", "--topic is missing: what is it about?");
  if (action === "subscribe") {
    const target = parseFilter(topic);
    if (target === null) throw new WorldError("usage", `"${topic}" is not a topic filter`);
    return { action, target };
  }
  if (!isTopicName(topic)) throw new WorldError("usage", `"${topic}" is not a topic name`);
  return { action, topic };
}

function load(file: string): Config {
  try {
    return loadConfig({ file, env: process.env }).config;
  } catch (error) {
    throw asConfigError(error);
  }
}

function rulesOf({ file, format }: Config["acl"]): RuleSet {
  if (file === null) return new RuleSet([]);
  try {
    return readRuleFile(file, format);
  } catch (error) {
    throw asConfigError(error);
  }
}
