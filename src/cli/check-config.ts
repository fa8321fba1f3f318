import type { Command } from "commander";

import { readRuleFile } from "../access/mod.ts";
import { countUsers } from "../auth/mod.ts";
import { loadConfig } from "../config/mod.ts";
import { asConfigError } from "./config-error.ts";
import { warningLine } from "./warning-line.ts";

/** `akasa check-config` */
export function addCheckConfig(program: Command): void {
  program
    .command("check-config")
    .description("Check a configuration file, and the password and access files it names, without starting anything.")
    .argument("<file>", "the configuration file; AKASA_... environment variables go over it, as for start")
    .addHelpText("after", "\nExit code 0: it can be started. 78: it cannot; every mistake is listed with its line.\n")
    .action((file: string) => {
      try {
        const { config, warnings } = loadConfig({ file, env: process.env });
        for (const warning of warnings) process.stdout.write(`warning: ${warningLine(warning)}\n`);
        if (config.auth.enable && config.auth.password_file !== null) countUsers(config.auth.password_file);
        if (config.acl.file !== null) readRuleFile(config.acl.file, config.acl.format);
        process.stdout.write(`${file}: no mistakes\n`);
      } catch (error) {
        throw asConfigError(error);
      }
    });
}
