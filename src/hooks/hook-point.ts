import type { HookBroker } from "./hook-broker.ts";
import type { Hooks } from "./hooks.ts";

/** Points whose hooks judge and change; the packet's connection waits for them. */
export const decidingPoints = [
  "beforeConnect",
  "authenticate",
  "authorizePublish",
  "beforePublish",
  "authorizeSubscribe",
  "beforeSubscribe",
  "beforeUnsubscribe",
] as const;

/** Points whose hooks are told; nothing waits for them. */
export const observingPoints = [
  "afterConnect",
  "disconnected",
  "afterPublish",
  "afterSubscribe",
  "afterUnsubscribe",
  "acknowledged",
  "dropped",
  "sessionCreated",
  "sessionResumed",
  "sessionDiscarded",
  "sessionTakenOver",
  "sessionExpired",
  "willPublished",
] as const;

/** All points; `deliver` judges and never waits. */
export const hookPointNames: readonly HookPointName[] = [...decidingPoints, "deliver", ...observingPoints];

/** Everything beside the points that {@link Hooks} may hold. */
export const lifecycleNames = ["start", "stop", "handOver", "takeOver"] as const;

/** A point whose hooks judge. */
export type DecidingPoint = (typeof decidingPoints)[number];
/** A point whose hooks are told. */
export type ObservingPoint = (typeof observingPoints)[number];
/** One of all points. */
export type HookPointName = DecidingPoint | "deliver" | ObservingPoint;

/** The event that a point's hooks get. */
export type EventOf<Name extends HookPointName> = Parameters<NonNullable<Hooks[Name]>>[0];
/** What a point's hooks answer. */
export type AnswerOf<Name extends HookPointName> = ReturnType<NonNullable<Hooks[Name]>>;
/** The verdict in it. */
export type VerdictOf<Name extends HookPointName> = Exclude<Awaited<AnswerOf<Name>>, null | undefined | void>;

/** A set of hooks in use, with the name that log lines give it. */
export interface HookModule {
  readonly name: string;
  readonly hooks: Hooks;
}

/** One module's hook at one point. */
export interface HookCall<Name extends HookPointName> {
  readonly module: string;
  readonly run: (event: EventOf<Name>, broker: HookBroker) => AnswerOf<Name>;
}

/** All hooks of one point, in the order of their modules; there is at least one. */
export interface HookPoint<Name extends HookPointName> {
  readonly name: Name;
  readonly calls: readonly HookCall<Name>[];
  /** Whose hooks they are: counts what waits in them. */
  readonly generation: Generation;
}

/** The hooks in use between two reloads, and the packets that wait in them. */
export class Generation {
  readonly modules: readonly HookModule[];
  #pending = 0;
  #released: (() => void) | null = null;

  constructor(modules: readonly HookModule[]) {
    this.modules = modules;
  }

  /** A packet begins to wait. */
  enter(): void {
    this.#pending++;
  }

  /** A packet waits no more. */
  leave(): void {
    this.#pending--;
    if (this.#pending === 0) this.#released?.();
  }

  /** Resolves when no packet waits in these hooks any more. */
  async idle(): Promise<void> {
    if (this.#pending === 0) return;
    await new Promise<void>((resolve) => {
      this.#released = resolve;
    });
  }
}

/** The hooks of one point, or null where no module has one. */
export function hookPoint<Name extends HookPointName>(
  name: Name,
  generation: Generation,
  modules: readonly HookModule[],
): HookPoint<Name> | null {
  const calls = modules.flatMap(({ name: module, hooks }): HookCall<Name>[] => {
    const hook = hooks[name] as HookCall<Name>["run"] | undefined;
    return hook === undefined
      ? []
      : [{ module, run: (hook as (...args: never[]) => unknown).bind(hooks) as HookCall<Name>["run"] }];
  });
  return calls.length === 0 ? null : { name, calls, generation };
}
