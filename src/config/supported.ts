import type { Config } from "./config.ts";
import type { Problem } from "./problem.ts";

/**
 * What may be configured and is not in this version. It is refused before anything starts: a listener or a promise
 * that silently is not there would be worse. Who builds one of these deletes its lines.
 */
export function checkSupported(config: Config): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: readonly string[], message: string): void => void problems.push({ path, message });
  if (config.durability !== "memory") {
    refuse(["durability"], `"${config.durability}" is not in this version; the only durability is memory`);
  }
  return problems;
}
