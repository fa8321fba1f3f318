import { keyAt, type KeySchema, sentence } from "./key-schema.ts";
import { dotted } from "./problem.ts";
import { keyPaths, valueAt } from "./validate.ts";

/** A key that was set and does nothing. */
export interface ConfigWarning {
  /** As `hook.enable_publish`. */
  readonly key: string;
  /** Line in the file, undefined if it was not set there. */
  readonly line: number | undefined;
  /** Why it does nothing and what to use instead. */
  readonly message: string;
}

/** The keys without effect that have another value than their default. */
export function warningsAbout(
  schema: KeySchema,
  given: unknown,
  lineOf: (path: readonly string[]) => number | undefined,
): ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  for (const path of keyPaths(schema)) {
    const key = keyAt(schema, path);
    const value = valueAt(given, path);
    if (key?.noEffect === undefined || value === undefined) continue;
    if (JSON.stringify(value) === JSON.stringify(key.default)) continue;
    warnings.push({ key: dotted(path), line: lineOf(path), message: `no effect: ${sentence(key.noEffect)}` });
  }
  return warnings;
}
