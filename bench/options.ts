import { parseArgs } from "node:util";
import { peers, type Peer } from "./peers.ts";
import { selectWorkloads } from "./select-workloads.ts";
import type { Workload } from "./workload.ts";

/** What one call of the benchmark was asked to do. */
export interface BenchOptions {
  readonly workloads: readonly Workload[];
  readonly peers: readonly Peer[];
  readonly repeat: number;
  readonly seconds: number;
  readonly record: boolean;
}

const defaultPeers = [...peers.values()]
  .filter(({ variant }) => variant !== true)
  .map(({ name }) => name)
  .join(",");

const usage = `npm run bench -- [options]

  --workloads LIST  names, * patterns or groups (default, all), comma separated; --list shows them
  --peers LIST      ${[...peers.keys()].join(", ")} (default: ${defaultPeers})
  --repeat N        runs of each, the median counts (default 3)
  --seconds N       measured time of one run (default 3)
  --no-record       do not append to bench/results.ndjson
  --list            show the workloads and leave
`;

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} wants a number above 0, not ${text}`);
  return value;
}

function selectPeers(list: string): Peer[] {
  return list.split(",").map((name) => {
    const peer = peers.get(name);
    if (peer === undefined) throw new Error(`no peer ${name}: there are ${[...peers.keys()].join(", ")}`);
    return peer;
  });
}

/** Reads the command line. A string is a text to print instead of running. */
export function readOptions(words: readonly string[]): BenchOptions | string {
  const { values } = parseArgs({
    args: [...words],
    allowNegative: true,
    options: {
      workloads: { type: "string", default: "default" },
      peers: { type: "string", default: defaultPeers },
      repeat: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      record: { type: "boolean", default: true },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return usage;
  if (values.list) {
    return selectWorkloads("all")
      .map((workload) => `${workload.name.padEnd(28)}${workload.title}\n`)
      .join("");
  }
  return {
    workloads: selectWorkloads(values.workloads),
    peers: selectPeers(values.peers),
    repeat: Math.ceil(positive(values.repeat, "repeat")),
    seconds: positive(values.seconds, "seconds"),
    record: values.record,
  };
}
