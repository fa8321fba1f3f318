import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects garbage now, so that what is measured next is what somebody holds and not what nobody fetched yet. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // A second time, because buffers that the first one freed are given back in the background.
  gc();
  gc();
}

/** Bytes of the heap and of all buffers that this process holds now, without garbage. */
export function heldBytes(): number {
  collectGarbage();
  // `external` holds the array buffers too.
  const { external, heapUsed } = process.memoryUsage();
  return external + heapUsed;
}
