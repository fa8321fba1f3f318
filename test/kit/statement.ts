import { test, type TestContext } from "node:test";
import { SkipTest } from "./skip-test.ts";

/** A test's body. */
export type TestBody = (context: TestContext) => Promise<void>;

/** A standard whose numbered statements are tested; the same id means different things in the two. */
export type Standard = "3.1.1" | "5.0";

const timeoutMilliseconds = 60_000;

/**
 * A test that proves one or several numbered statements of a standard. scripts/conformance-coverage.ts finds these
 * calls in the text of the test files, so version and ids must be literals and the call must begin its line.
 */
export function statement(version: Standard, ids: string | readonly string[], name: string, body: TestBody): void {
  const numbers = typeof ids === "string" ? ids : ids.join(" ");
  define(`[${version} ${numbers}] ${name}`, body);
}

/** A test for something brokers often miss that no single numbered statement says. */
export function trap(name: string, body: TestBody): void {
  define(`[trap] ${name}`, body);
}

/** A test for a defect that hurt users of another broker; `number` is its number in the project's list of pitfalls. */
export function pitfall(number: number | string, name: string, body: TestBody): void {
  define(`[pitfall ${number}] ${name}`, body);
}

/** A test for one of the numbered differences of MQTT 3.1 from 3.1.1. */
export function difference31(number: number, name: string, body: TestBody): void {
  define(`[3.1 difference ${number}] ${name}`, body);
}

function define(title: string, body: TestBody): void {
  // node:test reports the failure; the promise itself never rejects.
  void test(title, { timeout: timeoutMilliseconds }, async (context) => {
    try {
      await body(context);
    } catch (caught) {
      const error = firstOf(caught);
      if (!(error instanceof SkipTest)) throw error;
      context.skip(error.message);
    }
  });
}

/** What failed first: when closing the broker fails as well, the language reports the later failure around it. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}
