/** How bytes arrive and leave: channels, the turn that writes to them, and the listeners they come in by. */
export { Channel, type ChannelOwner, drainReportedAbove } from "./channel.ts";
export type { Accept, ListenAddress, Listener } from "./listener.ts";
export { MemoryListener, type MemoryPeer } from "./memory.ts";
export { listenNode, type NodeListenOptions, type NodeReading } from "./node-listener.ts";
export { chunkBytes, Turn } from "./turn.ts";
