/** Something wrong at one place of the configuration. */
export interface Problem {
  /** The names on the way to the key; empty: the file as a whole. */
  readonly path: readonly string[];
  /** What is wrong and what was expected; starts in lower case, without the path. */
  readonly message: string;
  /** Line of the file, where the place alone does not tell it (a syntax error). */
  readonly line?: number;
}

/** A path as it is written in messages and in the documentation: `listeners.mqtt.addr`. */
export function dotted(path: readonly string[]): string {
  return path.join(".");
}
