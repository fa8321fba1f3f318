/** What stands before MQTT on a listener: PROXY header, TLS with certificates, WebSocket upgrade; with deadlines. */
export { putBehindProxy } from "./behind-proxy.ts";
export type { IdentityPart } from "./certificate.ts";
export {
  type CertificateReading,
  type ClientDoorOptions,
  type Door,
  type DoorOptions,
  openClientDoor,
  openSocketDoor,
} from "./door.ts";
export { Doorstep, type DoorstepOptions } from "./doorstep.ts";
export {
  type HandshakeCounters,
  type HandshakeFailure,
  handshakeFailures,
  newHandshakeCounters,
} from "./handshake-counters.ts";
export { acceptBehindProxy } from "./proxy-accept.ts";
export type { ProxyMode, ProxySettings } from "./proxy-peer.ts";
