import { createInterface } from "node:readline";
import type { Command } from "commander";

import { importLines } from "../archive/mod.ts";

/** `akasa import` */
export function addImport(program: Command): void {
  program
    .command("import")
    .description("Make a data folder out of the lines that akasa export wrote, read from standard input.")
    .argument("<data-dir>", "the folder to make; one that holds data already is refused")
    .action(async (folder: string) => {
      const counts = await importLines(folder, inputLines());
      process.stdout.write(
        `${folder}: ${counts.sessions} sessions, ${counts.subscriptions} subscriptions, ` +
          `${counts.queuedMessages} queued and ${counts.retainedMessages} retained messages, ${counts.delayedMessages} delayed\n`,
      );
    });
}

/** Begins to read only when it is asked for the first line: lines that come before somebody listens would be lost. */
async function* inputLines(): AsyncGenerator<string> {
  yield* createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
}
