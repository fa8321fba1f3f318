import { once } from "node:events";
import type { Command } from "commander";

import { exportLines } from "../archive/mod.ts";

/** `akasa export` */
export function addExport(program: Command): void {
  program
    .command("export")
    .description("Write what the data folder of a stopped broker holds to standard output, a line of JSON each.")
    .argument("<data-dir>", "the data folder (data_dir in the configuration)")
    .addHelpText("after", "\n  akasa export akasa-data > akasa.ndjson\n  akasa import new-data < akasa.ndjson\n")
    .action(async (folder: string) => {
      for await (const line of exportLines(folder)) {
        if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
      }
    });
}
