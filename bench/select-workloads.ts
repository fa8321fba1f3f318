import type { Workload } from "./workload.ts";
import { flowWorkloads } from "./workloads/flow.ts";
import { memoryWorkloads } from "./workloads/memory.ts";
import { stallWorkloads } from "./workloads/stall.ts";

const workloads: readonly Workload[] = [...flowWorkloads, ...memoryWorkloads, ...stallWorkloads];

function matches(workload: Workload, word: string): boolean {
  if (word === "all") return true;
  if (word === "default") return workload.byDefault;
  const [first = "", ...rest] = word.split("*");
  if (rest.length === 0) return workload.name === word;
  const last = rest.pop() ?? "";
  return (
    workload.name.startsWith(first) &&
    workload.name.endsWith(last) &&
    rest.every((part) => workload.name.includes(part))
  );
}

/** The workloads that a list of names, `*` patterns and groups means, in the order of the table. */
export function selectWorkloads(list: string): Workload[] {
  const words = list.split(",");
  for (const word of words) {
    if (!workloads.some((workload) => matches(workload, word)))
      throw new Error(`no workload matches ${word}; see --list`);
  }
  return workloads.filter((workload) => words.some((word) => matches(workload, word)));
}
