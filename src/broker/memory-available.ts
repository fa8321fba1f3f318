import { totalmem } from "node:os";

/** Bytes of memory that the process may use: what its container allows, or what the machine has. */
export function memoryAvailable(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 && allowed < totalmem() ? allowed : totalmem();
}
