import { WorldError } from "../base/mod.ts";
import { ExitCode } from "./exit-code.ts";
import { CommandError } from "./report-error.ts";

/** An error about a file, where the configuration names the file: the configuration is what is wrong. */
export function asConfigError(error: unknown): unknown {
  if (!(error instanceof WorldError)) return error;
  switch (error.code) {
    case "config_invalid":
    case "file_missing":
    case "file_unreadable":
    case "file_malformed":
      return new CommandError(ExitCode.config, error.message);
    default:
      return error;
  }
}
