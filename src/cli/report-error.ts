import { CommanderError } from "commander";

import { WorldError } from "../base/mod.ts";
import { ExitCode } from "./exit-code.ts";

/** Something that a command could not do, with the exit code it wants. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Tells the user about an error on standard error, without a stack unless it is a mistake of ours. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has written its own message; asking for help or the version is no error.
    return error.exitCode === 0 ? ExitCode.success : ExitCode.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`akasa: ${isExpected(error) ? message : internal(error)}\n`);
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof WorldError)) return ExitCode.failure;
  if (error.code === "usage") return ExitCode.usage;
  return error.code === "config_invalid" ? ExitCode.config : ExitCode.failure;
}

/** The world's errors, also those that the operating system gave and nobody translated. */
function isExpected(error: unknown): boolean {
  if (error instanceof CommandError || error instanceof WorldError) return true;
  return error instanceof Error && "syscall" in error;
}

function internal(error: unknown): string {
  return `internal error, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
