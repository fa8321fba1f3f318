import type { ConfigWarning } from "../config/mod.ts";

/** A warning about the configuration, for people. */
export function warningLine(warning: ConfigWarning): string {
  const line = warning.line === undefined ? "" : `line ${warning.line}: `;
  return `${line}${warning.key}: ${warning.message}`;
}
