import type { Command } from "commander";

import { defaultYaml } from "../config/mod.ts";

/** `akasa default-config` */
export function addDefaultConfig(program: Command): void {
  program
    .command("default-config")
    .description("Print a configuration file (YAML) with every setting, its meaning and its default.")
    .option("--allow-anonymous", "say in it that everyone may connect, also from other machines")
    .addHelpText("after", "\nExample:\n  akasa default-config > akasa.yaml && akasa start --config akasa.yaml\n")
    .action((options: { readonly allowAnonymous?: boolean }) => {
      process.stdout.write(defaultYaml({ allowAnonymous: options.allowAnonymous === true }));
    });
}
