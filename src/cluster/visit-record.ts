import type { SharedVisit } from "../session/mod.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { BatchWriter } from "./batch-writer.ts";

/** Writes how far a message of a group has come: kind(1), rounds(1), position(4), shards tried: count(1), numbers. */
export function writeVisit(writer: BatchWriter, visit: SharedVisit): void {
  writer.byte(visit.kind === "online" ? 0 : 1);
  writer.byte(visit.rounds);
  writer.word(visit.position + 1);
  writer.byte(visit.tried.length);
  for (const tried of visit.tried) writer.short(tried);
}

/** Reads what {@link writeVisit} wrote. */
export function readVisit(reader: BatchReader): SharedVisit {
  const kind = reader.byte() === 0 ? "online" : "offline";
  const rounds = reader.byte();
  const position = reader.word() - 1;
  const tried: number[] = [];
  for (let left = reader.byte(); left > 0; left--) tried.push(reader.short());
  return { kind, position, tried, rounds };
}
