/** What the data folder of a stopped broker holds: looked at, written as lines of JSON, and read back. */
export { exportLines } from "./export-lines.ts";
export { type ImportedCounts, importLines } from "./import-lines.ts";
export { type FolderSummary, inspectFolder, type SessionSummary } from "./inspect-folder.ts";
