import type { Command } from "commander";

import { removeUser } from "../auth/mod.ts";
import { ExitCode } from "./exit-code.ts";
import { CommandError } from "./report-error.ts";

interface RemoveOptions {
  readonly path: string;
  readonly username: string;
}

/** `akasa remove-password` */
export function addRemovePassword(program: Command): void {
  program
    .command("remove-password")
    .description("Take a user out of a password file. Connections the user has stay until they end.")
    .requiredOption("--path <file>", "the password file (auth.password_file in the configuration)")
    .requiredOption("--username <name>", "the user")
    .action((options: RemoveOptions) => {
      if (!removeUser(options.path, options.username)) {
        throw new CommandError(ExitCode.failure, `${options.path}: there is no user "${options.username}"`);
      }
      process.stdout.write(`${options.path}: user "${options.username}" is removed\n`);
    });
}
