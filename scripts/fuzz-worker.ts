import { parentPort, workerData } from "node:worker_threads";
import type { FuzzBudget } from "../test/kit/fuzz-run.ts";

/** What scripts/fuzz.ts tells this worker: the target's module and its budget. */
export interface FuzzOrder {
  readonly url: string;
  readonly budget: FuzzBudget;
}

const { url, budget } = workerData as FuzzOrder;
const { run } = (await import(url)) as { run: (budget: FuzzBudget) => number | Promise<number> };
parentPort?.postMessage(await run(budget));
