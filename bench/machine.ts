import { execFileSync } from "node:child_process";
import { cpus, release } from "node:os";

/** Where and on what a result was measured. */
export interface Machine {
  readonly commit: string;
  readonly kernel: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
}

function git(...words: readonly string[]): string | undefined {
  try {
    return execFileSync("git", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    // Not a repository, no commit yet or no git: the result is still worth keeping.
    return undefined;
  }
}

function commit(): string {
  const hash = git("rev-parse", "--short=12", "HEAD");
  if (hash === undefined || hash === "") return "none";
  return git("status", "--porcelain", "--", "src", "native", "bench/generator") === "" ? hash : `${hash}+changes`;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    commit: commit(),
    kernel: release(),
    node: process.version,
    cpu: processors[0]?.model ?? "unknown",
    cores: processors.length,
  };
}
