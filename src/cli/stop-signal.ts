import type { EventEmitter } from "node:events";

import { ExitCode } from "./exit-code.ts";

/** The part of `process` that is needed to wait for its end. */
export interface SignalSource extends Pick<EventEmitter, "on"> {
  exit(code: number): void;
}

/** Resolves with the first SIGTERM or SIGINT; the second ends the process at once, whatever it is doing. */
export function stopSignal(source: SignalSource): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let asked = false;
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    source.on(name, () => {
      if (asked) source.exit(ExitCode.failure);
      asked = true;
      resolve(name);
    });
  }
  return promise;
}
