import { test, type TestContext } from "node:test";
import { SkipTest } from "../kit/mod.ts";

/** What a scenario may be told beside its body. */
export interface ScenarioOptions {
  /** Milliseconds after which it has failed; 60 s if not given. */
  readonly within?: number;
}

/**
 * A system test: a promise in words that a user understands. Skipped, with its reason, where a program it needs is
 * missing.
 */
export function scenario(
  promise: string,
  body: (context: TestContext) => Promise<void>,
  { within = 60_000 }: ScenarioOptions = {},
): void {
  // node:test reports the failure; the promise itself never rejects.
  void test(promise, { timeout: within }, async (context) => {
    try {
      await body(context);
    } catch (caught) {
      const first = firstOf(caught);
      if (!(first instanceof SkipTest)) throw first;
      context.skip(first.message);
    }
  });
}

/** What failed first: when closing the broker fails as well, the language reports the later failure around it. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}
