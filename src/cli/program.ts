import { Command } from "commander";

import { addCheckConfig } from "./check-config.ts";
import { addDefaultConfig } from "./default-config.ts";
import { addExplain } from "./explain.ts";
import { addExport } from "./export.ts";
import type { ExitCode } from "./exit-code.ts";
import { ExitCode as Code } from "./exit-code.ts";
import { addImport } from "./import.ts";
import { addInsertPassword } from "./insert-password.ts";
import { addInsertScramUser } from "./insert-scram-user.ts";
import { addInspect } from "./inspect.ts";
import { packageVersion } from "../base/mod.ts";
import { addPublish } from "./publish.ts";
import { addRemovePassword } from "./remove-password.ts";
import { reportError } from "./report-error.ts";
import { addStart } from "./start.ts";
import { addSubscribe } from "./subscribe.ts";

const examples = `
First steps:
  akasa start                                  a broker on this machine, port 1883, no passwords
  akasa sub -t 'greetings/#' -v                in a second terminal: show what arrives
  akasa pub -t greetings/all -m hello          in a third: send something

Going on:
  akasa default-config > akasa.yaml            a file with every setting explained
  akasa check-config akasa.yaml                find mistakes in it
  akasa insert-password --create --path passwords --username ann
  akasa start --config akasa.yaml
  akasa explain publish --config akasa.yaml --user ann --topic a/b    which rule of access decides
  akasa inspect akasa-data                     what a stopped broker keeps on the disk
`;

/** Runs the `akasa` command; resolves with its exit code, never rejects. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  try {
    await akasaProgram().parseAsync(args, { from: "user" });
    return Code.success;
  } catch (error) {
    return reportError(error);
  }
}

function akasaProgram(): Command {
  const program = new Command("akasa")
    .description("Akasa, a server (broker) for MQTT 3.1, 3.1.1 and 5.0.")
    .version(packageVersion(), "--version", "print the version")
    .helpOption("--help", "explain the command")
    .helpCommand("help [command]", "explain a command")
    .addHelpText("after", examples)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "akasa: ")) })
    .showHelpAfterError("(akasa --help, or akasa COMMAND --help, explains more)");
  addStart(program);
  addDefaultConfig(program);
  addCheckConfig(program);
  addExplain(program);
  addInsertPassword(program);
  addRemovePassword(program);
  addInsertScramUser(program);
  addInspect(program);
  addExport(program);
  addImport(program);
  addPublish(program);
  addSubscribe(program);
  return program;
}
