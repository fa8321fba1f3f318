import { noProperties } from "../../protocol/mod.ts";
import type { PacketVector } from "./packet-vector.ts";

/** PINGREQ, PINGRESP, DISCONNECT and AUTH. */
export const endVectors: readonly PacketVector[] = [
  { name: "PINGREQ", version: 4, sender: "client", hex: "c000", packet: { type: "pingreq" } },
  {
    name: "PINGREQ of 3.1 with unused flags",
    version: 3,
    sender: "client",
    readOnly: true,
    hex: "cf00",
    packet: { type: "pingreq" },
  },
  { name: "PINGRESP", version: 5, sender: "server", hex: "d000", packet: { type: "pingresp" } },
  {
    name: "DISCONNECT before 5.0",
    version: 3,
    sender: "client",
    hex: "e000",
    packet: { type: "disconnect", reasonCode: 0, properties: noProperties },
  },
  {
    name: "DISCONNECT of 5.0 without a body",
    version: 5,
    sender: "client",
    hex: "e000",
    packet: { type: "disconnect", reasonCode: 0, properties: noProperties },
  },
  {
    name: "DISCONNECT of 5.0 with a normal code",
    version: 5,
    sender: "client",
    readOnly: true,
    hex: "e00100",
    packet: { type: "disconnect", reasonCode: 0, properties: noProperties },
  },
  {
    name: "DISCONNECT of 5.0 with a normal code and no properties",
    version: 5,
    sender: "client",
    readOnly: true,
    hex: "e0020000",
    packet: { type: "disconnect", reasonCode: 0, properties: noProperties },
  },
  {
    name: "DISCONNECT of 5.0 with the will",
    version: 5,
    sender: "client",
    hex: "e00104",
    packet: { type: "disconnect", reasonCode: 4, properties: noProperties },
  },
  {
    name: "DISCONNECT of 5.0 that changes the session's expiry",
    version: 5,
    sender: "client",
    hex: "e014001211000000001f00036279652600016b000176",
    packet: {
      type: "disconnect",
      reasonCode: 0,
      properties: { sessionExpiryInterval: 0, reasonString: "bye", userProperties: [["k", "v"]] },
    },
  },
  {
    name: "DISCONNECT of 5.0 from a server",
    version: 5,
    sender: "server",
    hex: "e0119c0f1c00056f746865721f000466756c6c",
    packet: { type: "disconnect", reasonCode: 0x9c, properties: { serverReference: "other", reasonString: "full" } },
  },
  {
    name: "DISCONNECT of 5.0 after a take-over",
    version: 5,
    sender: "server",
    hex: "e0018e",
    packet: { type: "disconnect", reasonCode: 0x8e, properties: noProperties },
  },
  {
    name: "AUTH from a client",
    version: 5,
    sender: "client",
    hex: "f00a19081500016d16000101",
    packet: {
      type: "auth",
      reasonCode: 0x19,
      properties: { authenticationMethod: "m", authenticationData: Uint8Array.of(1) },
    },
  },
  {
    name: "AUTH from a server",
    version: 5,
    sender: "server",
    hex: "f01418121500016d1f00046d6f72652600016b000176",
    packet: {
      type: "auth",
      reasonCode: 0x18,
      properties: { authenticationMethod: "m", reasonString: "more", userProperties: [["k", "v"]] },
    },
  },
  {
    name: "AUTH from a server that says Success",
    version: 5,
    sender: "server",
    hex: "f000",
    packet: { type: "auth", reasonCode: 0, properties: noProperties },
  },
];
