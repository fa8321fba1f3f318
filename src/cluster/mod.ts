/** Several shards behave as one broker: interest, messages, retained messages and sessions over one mesh. */
export { BatchMesh, type MeshParts } from "./batch-mesh.ts";
export { Calls } from "./calls.ts";
export type { Carrier } from "./carrier.ts";
export { LoopbackNetwork } from "./loopback.ts";
export { deliverLeft, type LeftParts } from "./deliver-left.ts";
export type { Mesh } from "./mesh.ts";
export { News } from "./news.ts";
export { newWay, PortCarrier, type WayEnd } from "./port-carrier.ts";
