/** What a log line tells besides its sentence. Never a payload, a password or another secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where log lines go. The command line gives one that writes them with pino; tests collect them. */
export interface Logger {
  /** False where `debug` does nothing, so that a line written for every client need not be made. Absent: true. */
  readonly debugEnabled?: boolean;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const nothing = (): void => {};

/** A logger that keeps silent: the default of an embedded broker. */
export const silentLogger: Logger = {
  debugEnabled: false,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
