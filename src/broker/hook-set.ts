import { type Logger, unguessableText } from "../base/mod.ts";
import type { Config, HookReference } from "../config/mod.ts";
import {
  checkHooks,
  type HookLimits,
  type HookModule,
  type HookPointName,
  type HookRunner,
  type Hooks,
  hookSwitches,
  type HookSwitch,
  loadHookModules,
  replaceHooks,
  startHooks,
  stopHooks,
} from "../hooks/mod.ts";

/** How hooks that wait are bound. */
export function hookLimitsOf({ hook }: Config): HookLimits {
  return {
    timeoutMilliseconds: hook.timeout_seconds * 1000,
    timeoutVerdict: hook.timeout_verdict,
    parkedMax: hook.max_parked_packets,
  };
}

/** The points that the switches of the original turn off. */
export function disabledPoints({ hook }: Config): ReadonlySet<HookPointName> {
  const names = Object.keys(hookSwitches) as HookSwitch[];
  return new Set(names.filter((name) => !hook[name]).flatMap((name) => [...hookSwitches[name]]));
}

/** The hooks of one shard: the modules of the configuration, and those of the program behind them. */
export class HookSet {
  readonly #runner: HookRunner;
  readonly #own: readonly HookModule[];
  readonly #logger: Logger;
  #references: readonly HookReference[] = [];
  /** Reloads come one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(runner: HookRunner, own: Hooks | readonly Hooks[] | undefined, logger: Logger) {
    this.#runner = runner;
    this.#logger = logger;
    const given = own === undefined ? [] : [own].flat();
    this.#own = given.map((hooks, index) => ({
      name: hooks.name ?? `of the program, number ${index + 1}`,
      hooks: checkHooks(hooks),
    }));
  }

  async start(references: readonly HookReference[]): Promise<void> {
    this.#references = references;
    const modules = [...(await loadHookModules(references, unguessableText())), ...this.#own];
    this.#warnOfSwitches(modules);
    await startHooks(this.#runner, modules);
  }

  /** Loads the modules anew; with hooks of the program, which cannot be, only the modules are replaced. */
  reload(references: readonly HookReference[] = this.#references): Promise<void> {
    const reloaded = this.#last.then(() => this.#reload(references));
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async stop(): Promise<void> {
    await this.#last;
    await stopHooks(this.#runner);
  }

  /** A file of the original has its switches off; who then adds hooks would wonder. */
  #warnOfSwitches(modules: readonly HookModule[]): void {
    for (const { name, hooks } of modules) {
      const off = [...this.#runner.disabled].filter((point) => hooks[point] !== undefined);
      if (off.length > 0) {
        this.#logger.warn("hooks are not called: hook.enable_* is false", { module: name, points: off.join(", ") });
      }
    }
  }

  async #reload(references: readonly HookReference[]): Promise<void> {
    const modules = await loadHookModules(references, unguessableText());
    await replaceHooks(this.#runner, modules, this.#own);
    this.#references = references;
    this.#warnOfSwitches(modules);
    this.#logger.info("hooks loaded", { modules: modules.map(({ name }) => name).join(", ") });
  }
}
