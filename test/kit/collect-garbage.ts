import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collections after which `heldBytes` takes what it reads, whether or not the next would find more. */
const collectionsMax = 10;

/** Bytes by which two readings may differ and count as the same: taking one allocates a little. */
const noiseBytes = 64 * 1024;

/** Collects garbage now, so that what is measured next is what somebody holds and not what nobody fetched yet. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // Array buffers that a collection finds dead are given back in the background; the next one waits for that first.
  gc();
  gc();
}

/** Bytes of the heap and of all buffers that this process holds now, without garbage. */
export function heldBytes(): number {
  let held = reading();
  // What dies only when something else was collected (buffers behind weak references) needs another round.
  for (let count = 1; count < collectionsMax; count += 1) {
    const next = reading();
    if (held - next < noiseBytes) return next;
    held = next;
  }
  return held;
}

function reading(): number {
  collectGarbage();
  // `external` holds the array buffers too.
  const { external, heapUsed } = process.memoryUsage();
  return external + heapUsed;
}
