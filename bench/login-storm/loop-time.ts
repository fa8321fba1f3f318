import { readFileSync } from "node:fs";

/** What a thread did since the last look, in milliseconds. */
export interface LoopTime {
  readonly worked: number;
  /** It had something to do, and others were on the cores. */
  readonly waited: number;
}

/** Looks at the first thread of a process, which runs the event loop: what it lost to others is not the broker's. */
export class LoopTimes {
  readonly #file: string;
  #last: LoopTime;

  constructor(pid: number) {
    this.#file = `/proc/${pid}/task/${pid}/schedstat`;
    this.#last = this.#read();
  }

  next(): LoopTime {
    const now = this.#read();
    const passed = { worked: now.worked - this.#last.worked, waited: now.waited - this.#last.waited };
    this.#last = now;
    return passed;
  }

  /** Nanoseconds on a core, and nanoseconds in line for one (sched-stats in the kernel's documentation). */
  #read(): LoopTime {
    const [worked = 0, waited = 0] = readFileSync(this.#file, "utf8").split(" ").map(Number);
    return { worked: worked / 1e6, waited: waited / 1e6 };
  }
}
