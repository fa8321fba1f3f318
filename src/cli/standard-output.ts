import { ExitCode } from "./exit-code.ts";

/**
 * What becomes of a command when standard output takes nothing more. A reader that has gone (`akasa sub | head`) is no
 * error, but a full disk is one: half an export must not pass for a whole one. A broker outlives its log, and writes to
 * it again when there is room.
 */
export function watchOutput(command: string | undefined): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (command === "start") return;
    if (error.code === "EPIPE") process.exit(ExitCode.success);
    process.stderr.write(`akasa: standard output cannot be written: ${error.message}\n`);
    process.exit(ExitCode.failure);
  });
  // Nobody is left to tell.
  process.stderr.on("error", () => {});
}

/** Resolves when all that was written is out, or has failed and {@link watchOutput} knows. */
export async function outputWritten(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
}
