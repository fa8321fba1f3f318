import type { Command } from "commander";

import { inspectFolder, type FolderSummary, type SessionSummary } from "../archive/mod.ts";

interface InspectOptions {
  readonly sessions: string;
  readonly json?: true;
}

const never = 0xffff_ffff;

/** `akasa inspect` */
export function addInspect(program: Command): void {
  program
    .command("inspect")
    .description(
      "Show what the data folder of a stopped broker holds: sessions, queues, retained and delayed messages, sizes.",
    )
    .argument("<data-dir>", "the data folder (data_dir in the configuration)")
    .option("--sessions <n>", "list so many sessions, those with the longest queues first", "20")
    .option("--json", "print everything as one JSON object")
    .action(async (folder: string, options: InspectOptions) => {
      const summary = await inspectFolder(folder);
      process.stdout.write(
        options.json === true ? `${JSON.stringify(summary)}\n` : table(summary, Number(options.sessions)),
      );
    });
}

function table(summary: FolderSummary, sessionsMax: number): string {
  const { sessions } = summary;
  const queued = sessions.reduce((sum, { queuedMessages }) => sum + queuedMessages, 0);
  const queuedBytes = sessions.reduce((sum, session) => sum + session.queuedBytes, 0);
  const lines = [
    `store      ${size(summary.storeBytes)}`,
    `sessions   ${sessions.length}`,
    `queued     ${queued} messages, ${size(queuedBytes)}`,
    `retained   ${summary.retainedMessages} messages, ${size(summary.retainedBytes)}`,
    `delayed    ${summary.delayedMessages} messages, ${size(summary.delayedBytes)}`,
  ];
  const shown = sessions.slice(0, Math.max(0, Math.trunc(sessionsMax) || 0));
  if (shown.length > 0) {
    lines.push("", row(["queued", "bytes", "subscriptions", "will", "expires after", "offline since", "client"]));
    for (const session of shown) lines.push(row(cells(session)));
    if (shown.length < sessions.length) lines.push(`and ${sessions.length - shown.length} more: --sessions N, --json`);
  }
  return `${lines.join("\n")}\n`;
}

function cells(session: SessionSummary): readonly string[] {
  return [
    String(session.queuedMessages),
    size(session.queuedBytes),
    String(session.subscriptions),
    session.hasWill ? "yes" : "no",
    session.expirySeconds === never ? "never" : `${session.expirySeconds} s`,
    session.offlineSince === null ? "connected" : new Date(session.offlineSince).toISOString(),
    // As JSON: a client identifier may hold anything, also what a terminal obeys.
    JSON.stringify(session.clientId),
  ];
}

const widths = [9, 10, 13, 5, 14, 25];

function row(texts: readonly string[]): string {
  return texts.map((text, index) => text.padEnd(widths[index] ?? 0)).join(" ");
}

function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
