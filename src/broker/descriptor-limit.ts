import { readFileSync } from "node:fs";

/** Descriptors left for files, listeners and the like. */
const reserved = 64;

/** Connections that the process can hold by its limit of open files; Infinity where the system does not say. */
export function connectionsByDescriptors(): number {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Not Linux: the system refuses what is too much by itself.
    return Infinity;
  }
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Infinity : Math.max(1, Number(soft) - reserved);
}
