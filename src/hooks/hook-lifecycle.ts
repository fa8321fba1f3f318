import { WorldError } from "../base/mod.ts";
import type { Generation, HookModule } from "./hook-point.ts";
import type { HookRunner } from "./hook-runner.ts";

/**
 * Starts modules and uses them from the next packet on.
 * @throws WorldError `hook_invalid`: one does not start; those that did are stopped, and nothing has changed
 */
export async function startHooks(runner: HookRunner, modules: readonly HookModule[]): Promise<void> {
  await startAll(runner, modules);
  runner.use(modules);
}

/**
 * Replaces the hooks by others. The new ones are started first; then, between two packets, they take over what the old
 * ones hand over, and are used; the old ones are stopped when no packet waits in them any more. `lasting` ones stay in
 * use behind the others.
 * @throws WorldError `hook_invalid`: a new one does not start, or an old one does not hand over; the old ones stay
 */
export async function replaceHooks(
  runner: HookRunner,
  modules: readonly HookModule[],
  lasting: readonly HookModule[] = [],
): Promise<void> {
  await startAll(runner, modules);
  try {
    handOver(runner, without(runner.modules, lasting), modules);
  } catch (error) {
    await stopAll(runner, modules);
    throw error;
  }
  const before = runner.use([...modules, ...lasting]);
  runner.statistics.reloads++;
  void release(runner, before, without(before.modules, lasting));
}

/** Lets all hooks go, behind the packets that still wait in them. */
export async function stopHooks(runner: HookRunner): Promise<void> {
  await stopAll(runner, runner.use([]).modules);
}

function without(modules: readonly HookModule[], lasting: readonly HookModule[]): readonly HookModule[] {
  return modules.filter((module) => !lasting.includes(module));
}

async function release(runner: HookRunner, generation: Generation, modules: readonly HookModule[]): Promise<void> {
  await generation.idle();
  try {
    // What the packets that waited have left in them since.
    handOver(runner, modules, runner.modules);
  } catch (error) {
    runner.warn("handOver hook", "of a reload", error);
  }
  await stopAll(runner, modules);
}

async function startAll(runner: HookRunner, modules: readonly HookModule[]): Promise<void> {
  const started: HookModule[] = [];
  for (const module of modules) {
    try {
      await module.hooks.start?.(runner.broker);
      started.push(module);
    } catch (error) {
      await stopAll(runner, started);
      const text = error instanceof Error ? error.message : String(error);
      throw new WorldError("hook_invalid", `hooks: ${module.name} does not start: ${text}`, { cause: error });
    }
  }
}

async function stopAll(runner: HookRunner, modules: readonly HookModule[]): Promise<void> {
  for (const { name, hooks } of modules) {
    try {
      await hooks.stop?.();
    } catch (error) {
      runner.warn("stop hook", name, error);
    }
  }
}

/** Brings what the old modules hand over to the new ones of the same name; where one fails, all get theirs back. */
function handOver(runner: HookRunner, from: readonly HookModule[], to: readonly HookModule[]): void {
  const states = new Map<string, unknown>();
  const takeOver = (modules: readonly HookModule[]): void => {
    for (const { name, hooks } of modules) {
      if (states.has(name)) attempt(runner, "takeOver", name, () => hooks.takeOver?.(states.get(name)));
    }
  };
  const successors = new Set(to.map(({ name }) => name));
  for (const { name, hooks } of from) {
    if (hooks.handOver === undefined || !successors.has(name)) continue;
    try {
      states.set(name, hooks.handOver());
    } catch (error) {
      takeOver(from);
      const text = error instanceof Error ? error.message : String(error);
      throw new WorldError("hook_invalid", `hooks: ${name} does not hand over: ${text}`, { cause: error });
    }
  }
  takeOver(to);
}

function attempt(runner: HookRunner, what: string, name: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    runner.warn(`${what} hook`, name, error);
  }
}
