/** What the process tells its caller when it ends (numbers of sysexits.h). */
export const ExitCode = {
  success: 0,
  failure: 1,
  /** The command line is wrong. */
  usage: 64,
  /** The configuration, or a file it names, is wrong; nothing was started. */
  config: 78,
} as const;

/** One of {@link ExitCode}'s values. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
