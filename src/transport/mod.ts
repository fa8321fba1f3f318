/** How bytes arrive and leave: channels, the turn that writes to them, and the listeners they come in by. */
export { adoptSocket, type AdoptOptions } from "./adopt-socket.ts";
export { Channel, type ChannelOwner, drainReportedAbove } from "./channel.ts";
export {
  chooseTransport,
  type TransportChoice,
  type TransportName,
  type TransportSurroundings,
  type TransportWish,
} from "./choose-transport.ts";
export { makeRoomForDescriptors } from "./descriptor-room.ts";
export type { Accept, ListenAddress, Listener, ListenOptions } from "./listener.ts";
export { MemoryListener, type MemoryPeer } from "./memory.ts";
export { type LoadedAddon, loadAddon } from "./native-addon.ts";
export { type NativeSettings, NativeTransport } from "./native-transport.ts";
export { copiedBelow, copyOf, endpointOf } from "./node-channel.ts";
export { listenNode, type NodeListenOptions, type NodeReading } from "./node-listener.ts";
export { listenWith } from "./server-listener.ts";
export { nodeTransport, type Transport } from "./transport.ts";
export { chunkBytes, Turn, type TurnSink } from "./turn.ts";
