import { pino } from "pino";

import { type LogFields, type Logger, systemClock } from "../base/mod.ts";

/** How and what to log. */
export interface PinoLoggerOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "text" | "json";
  readonly nodeId: string;
  /** Takes whole lines; standard output if it is left out. */
  readonly write?: (line: string) => void;
}

/** A logger that writes one line for each entry: JSON for collectors, or text for people. */
export function createPinoLogger(options: PinoLoggerOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const out = options.format === "json" ? write : (line: string) => write(textLine(JSON.parse(line)));
  const settings = {
    level: options.level,
    base: { node: options.nodeId },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date(systemClock.wallTime()).toISOString()}"`,
  };
  const target = pino(settings, { write: out });
  const log =
    (level: PinoLoggerOptions["level"]) =>
    (message: string, fields: LogFields = {}) => {
      target[level]({ ...fields }, message);
    };
  const debugEnabled = options.level === "debug";
  return { debugEnabled, debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

function textLine(entry: Readonly<Record<string, unknown>>): string {
  const { time, level, msg, node: _, ...fields } = entry;
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`);
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${escaped(String(msg))}${pairs.join("")}\n`;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[^\s"=\\]+$/.test(text) ? escaped(text) : escaped(JSON.stringify(text));
}

/** What peers chose, such as a client identifier, must neither begin a line nor speak to a terminal. */
function escaped(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
