import { randomUUID } from "node:crypto";

/** A name nobody used before: client ids and topics stay apart even on a broker that other tests share. */
export function uniqueName(prefix: string): string {
  return `${prefix}${randomUUID().replaceAll("-", "").slice(0, 16)}`;
}
