import type { PacketVector } from "./packet-vector.ts";
import { connectVectors } from "./packets-connect.ts";
import { endVectors } from "./packets-end.ts";
import { publishVectors } from "./packets-publish.ts";
import { subscribeVectors } from "./packets-subscribe.ts";

export type { PacketVector } from "./packet-vector.ts";

/** Packets of all types and versions. */
export const packetVectors: readonly PacketVector[] = [
  ...connectVectors,
  ...publishVectors,
  ...subscribeVectors,
  ...endVectors,
];
