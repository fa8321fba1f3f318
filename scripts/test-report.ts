import { relative } from "node:path";
import type { EventData } from "node:test";
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

type Ended = EventData.TestPass | EventData.TestFail;

/** What happened in one test file. */
interface FileResult {
  readonly file: string;
  tests: number;
  failed: number;
  milliseconds: number;
}

/**
 * Writes a line for each test file and each failure in full; at the end what failed, each reason to skip once, and the
 * lines of node's own summary (`ℹ tests 12`). Resolves with whether everything passed.
 */
export async function reportTests(
  events: AsyncIterable<TestEvent>,
  root: string,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Promise<boolean> {
  const report = new Report(root, write);
  for await (const event of events) report.take(event);
  return report.passed;
}

class Report {
  readonly #root: string;
  readonly #write: (text: string) => void;
  readonly #failures: string[] = [];
  readonly #skipped = new Map<string, number>();
  #current: FileResult | undefined;
  #summarised = false;
  #success = false;

  constructor(root: string, write: (text: string) => void) {
    this.#root = root;
    this.#write = write;
  }

  /** Whether the run came to its end and nothing failed. */
  get passed(): boolean {
    return this.#success;
  }

  take(event: TestEvent): void {
    switch (event.type) {
      case "test:pass":
        this.#count(event.data, false);
        this.#noteSkipped(event.data);
        break;
      case "test:fail":
        this.#count(event.data, event.data.todo === undefined);
        this.#noteFailure(event.data);
        break;
      case "test:stdout":
      case "test:stderr":
        this.#write(event.data.message);
        break;
      case "test:diagnostic":
        // Those without a file are the summary of the whole run.
        if (event.data.file !== undefined) break;
        this.#beginSummary();
        this.#write(`ℹ ${event.data.message}\n`);
        break;
      case "test:summary":
        if (event.data.file === undefined) this.#success = event.data.success;
        break;
      default:
        break;
    }
  }

  #count(test: Ended, failed: boolean): void {
    const file = this.#fileOf(test);
    if (this.#current?.file !== file) {
      this.#endFile();
      this.#current = { file, tests: 0, failed: 0, milliseconds: 0 };
    }
    if (test.details.type !== "suite") {
      this.#current.tests++;
      if (failed) this.#current.failed++;
    }
    if (test.nesting === 0) this.#current.milliseconds += test.details.duration_ms;
  }

  #endFile(): void {
    if (this.#current === undefined) return;
    const { file, tests, failed, milliseconds } = this.#current;
    const count = failed > 0 ? `${failed} of ${tests} failed` : `${tests}`;
    this.#write(`${failed > 0 ? "✖" : "✔"} ${file} (${count}, ${Math.round(milliseconds)} ms)\n`);
    this.#current = undefined;
  }

  #noteSkipped({ skip, details }: EventData.TestPass): void {
    if (skip === undefined || skip === false || details.type === "suite") return;
    const reason = typeof skip === "string" && skip !== "" ? skip : "no reason given";
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  #noteFailure(test: EventData.TestFail): void {
    const { error } = test.details;
    // The tests inside have told what failed.
    if ("failureType" in error && error.failureType === "subtestsFailed") return;
    // A test that a wrapper defines has the wrapper's line.
    const place = test.line === undefined || test.file !== (test.entryFile ?? test.file) ? "" : `:${test.line}`;
    const cause = typeof error.cause === "string" ? error.cause : inspect(error.cause ?? error.message);
    const title = `✖ ${this.#fileOf(test)}${place} ${test.name}\n`;
    this.#write(`${title}${cause.replaceAll(/^/gm, "    ")}\n`);
    this.#failures.push(title);
  }

  #beginSummary(): void {
    if (this.#summarised) return;
    this.#summarised = true;
    this.#endFile();
    if (this.#failures.length > 0) this.#write(`\nfailed:\n${this.#failures.join("")}\n`);
    for (const [reason, count] of this.#skipped) this.#write(`﹣ skipped ${count}: ${reason}\n`);
  }

  #fileOf({ entryFile, file }: Ended): string {
    const path = entryFile ?? file;
    return path === undefined ? "somewhere" : relative(this.#root, path);
  }
}
