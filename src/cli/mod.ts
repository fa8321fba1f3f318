/** The `akasa` command. */
export { ExitCode } from "./exit-code.ts";
export { createPinoLogger, type PinoLoggerOptions } from "./pino-logger.ts";
export { run } from "./program.ts";
