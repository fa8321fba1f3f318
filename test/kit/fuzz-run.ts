import { parseArgs } from "node:util";
import fc from "fast-check";

/** How long a fuzz target goes on, and from which seed: the same seed gives the same inputs in the same order. */
export type FuzzBudget =
  | { readonly seed: number; readonly runs: number }
  | { readonly seed: number; readonly milliseconds: number };

/** A fuzz target: answers how many inputs it tried, throws where its property does not hold. */
export type FuzzTarget = (budget: FuzzBudget) => number;

/**
 * Tries inputs until the budget is used up.
 * @returns how many inputs were tried
 * @throws Error with the seed and the smallest input found that breaks the property
 */
export function fuzz<Input>(property: fc.IProperty<Input>, budget: FuzzBudget): number {
  const limit =
    "runs" in budget
      ? { numRuns: budget.runs }
      : { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: budget.milliseconds };
  const details = fc.check(property, { seed: budget.seed, ...limit });
  if (details.failed) throw new Error(failureReport(details, budget.seed));
  // A time so short that nothing was tried would otherwise pass for a proof.
  if (details.numRuns === 0) throw new Error("the fuzz target did not try a single input");
  return details.numRuns;
}

/** What broke, for which input, and where: fast-check's own report leaves out the assertion that failed. */
export function failureReport<Inputs>(details: fc.RunDetails<Inputs>, seed: number): string {
  const { errorInstance: error } = details;
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `seed ${seed}: ${fc.defaultReportMessage(details) ?? "the property failed"}\n\n${cause}\n`;
}

/**
 * Runs a target from the command line, `node x.ts [--seconds 60] [--seed 1]`; without a seed it takes one by chance.
 * The seed is printed before anything else, so that it is known also where the target hangs.
 */
export function fuzzFromCommandLine(name: string, target: FuzzTarget): void {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "10" }, seed: { type: "string" } } });
  const seconds = Number(values.seconds);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 0x7fff_ffff) : Number(values.seed);
  if (!(seconds > 0) || !Number.isInteger(seed))
    throw new Error("--seconds takes a positive number, --seed an integer");
  console.log(`${name}: ${seconds} s with --seed ${seed}`);
  const tried = target({ seed, milliseconds: seconds * 1000 });
  console.log(`${name}: ${tried} inputs passed`);
}
