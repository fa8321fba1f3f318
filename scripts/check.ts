import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";

/** One thing that must hold before a change is finished; the steps do not depend on each other. */
interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What makes it pass again, where that is one command. */
  readonly cure?: string;
}

interface Outcome {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules/.bin");

// The longest first: it then runs beside all the others.
const steps: readonly Step[] = [
  { name: "unit tests, house rules", command: [process.execPath, "scripts/test.ts", "unit"] },
  { name: "lint", command: [join(bin, "oxlint"), "--max-warnings=0"] },
  { name: "types", command: [join(bin, "tsc"), "-p", "."] },
  { name: "format", command: [join(bin, "oxfmt"), "--check", "."], cure: "npx oxfmt ." },
  {
    name: "generated files",
    command: [process.execPath, "scripts/docs.ts", "--check"],
    cure: "npm run docs",
  },
];

async function runStep(step: Step): Promise<Outcome> {
  const [program, ...args] = step.command;
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    // The tools are scripts that look for `node`: the pinned one is meant, also where this was not started by npm.
    env: { ...process.env, NO_COLOR: "1", PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.once("error", (error) => {
    output += `${error.message}\n`;
    resolve(false);
  });
  child.once("close", (code) => resolve(code === 0));
  const passed = await promise;
  return { step, passed, seconds: (performance.now() - started) / 1000, output };
}

function lineOf({ step, passed, seconds }: Outcome): string {
  const cure = passed || step.cure === undefined ? "" : `  (${step.cure})`;
  return `${passed ? "✔" : "✖"} ${step.name.padEnd(26)} ${seconds.toFixed(1).padStart(6)} s${cure}\n`;
}

const started = performance.now();
const waiting = steps.values();
const outcomes: Outcome[] = [];
await Promise.all(
  Array.from({ length: Math.max(2, availableParallelism()) }, async () => {
    // All workers take from the same iterator.
    for (const step of waiting) {
      const outcome = await runStep(step);
      outcomes.push(outcome);
      process.stdout.write(lineOf(outcome));
    }
  }),
);
const failed = outcomes.filter(({ passed }) => !passed);
for (const { step, output } of failed) process.stdout.write(`\n── ${step.name} ──\n${output}`);
const total = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(
  failed.length === 0
    ? `\ncheck passed in ${total} s\n`
    : `\ncheck failed in ${total} s: ${failed.map(({ step }) => step.name).join("; ")}\n`,
);
if (failed.length > 0) process.exitCode = 1;
