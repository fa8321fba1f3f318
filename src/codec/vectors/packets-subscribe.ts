import { noProperties } from "../../protocol/mod.ts";
import type { PacketVector } from "./packet-vector.ts";

/** SUBSCRIBE, UNSUBSCRIBE and their answers. */
export const subscribeVectors: readonly PacketVector[] = [
  {
    name: "SUBSCRIBE with two filters",
    version: 4,
    sender: "client",
    hex: "820c000a0003612f230100012b02",
    packet: {
      type: "subscribe",
      packetId: 10,
      entries: [
        { filter: "a/#", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
        { filter: "+", qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 },
      ],
      properties: noProperties,
    },
  },
  {
    name: "SUBSCRIBE of 3.1 with DUP and unused option bits",
    version: 3,
    sender: "client",
    readOnly: true,
    hex: "8a06000a000161fd",
    packet: {
      type: "subscribe",
      packetId: 10,
      entries: [{ filter: "a", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 }],
      properties: noProperties,
    },
  },
  {
    name: "SUBSCRIBE with a filter of wrong syntax, which is not judged here",
    version: 4,
    sender: "client",
    hex: "820a000a0002612300000000",
    packet: {
      type: "subscribe",
      packetId: 10,
      entries: [
        { filter: "a#", qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 },
        { filter: "", qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 },
      ],
      properties: noProperties,
    },
  },
  {
    name: "SUBSCRIBE of 5.0 with all options",
    version: 5,
    sender: "client",
    hex: "821effff0a0b80012600016b0001760001612e000a2473686172652f672f6219",
    packet: {
      type: "subscribe",
      packetId: 65_535,
      entries: [
        { filter: "a", qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 },
        { filter: "$share/g/b", qos: 1, noLocal: false, retainAsPublished: true, retainHandling: 1 },
      ],
      properties: { subscriptionIdentifiers: [128], userProperties: [["k", "v"]] },
    },
  },
  {
    name: "SUBSCRIBE of 5.0",
    version: 5,
    sender: "client",
    hex: "820700010000016100",
    packet: {
      type: "subscribe",
      packetId: 1,
      entries: [{ filter: "a", qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 }],
      properties: noProperties,
    },
  },
  {
    name: "SUBACK of 3.1",
    version: 3,
    sender: "server",
    hex: "9005000a000102",
    packet: { type: "suback", packetId: 10, reasonCodes: [0, 1, 2], properties: noProperties },
  },
  {
    name: "SUBACK of 3.1.1 with a failure",
    version: 4,
    sender: "server",
    hex: "9004000a0280",
    packet: { type: "suback", packetId: 10, reasonCodes: [2, 0x80], properties: noProperties },
  },
  {
    name: "SUBACK of 5.0",
    version: 5,
    sender: "server",
    hex: "9007000a0000018fa2",
    packet: { type: "suback", packetId: 10, reasonCodes: [0, 1, 0x8f, 0xa2], properties: noProperties },
  },
  {
    name: "SUBACK of 5.0 that says why",
    version: 5,
    sender: "server",
    hex: "9010000a0c1f00026e6f2600016b00017687",
    packet: {
      type: "suback",
      packetId: 10,
      reasonCodes: [0x87],
      properties: { reasonString: "no", userProperties: [["k", "v"]] },
    },
  },
  {
    name: "UNSUBSCRIBE",
    version: 4,
    sender: "client",
    hex: "a20a01020003612f62000163",
    packet: { type: "unsubscribe", packetId: 0x102, filters: ["a/b", "c"], properties: noProperties },
  },
  {
    name: "UNSUBSCRIBE of 3.1 with DUP",
    version: 3,
    sender: "client",
    readOnly: true,
    hex: "aa050102000161",
    packet: { type: "unsubscribe", packetId: 0x102, filters: ["a"], properties: noProperties },
  },
  {
    name: "UNSUBSCRIBE of 5.0",
    version: 5,
    sender: "client",
    hex: "a20d0102072600016b000176000161",
    packet: { type: "unsubscribe", packetId: 0x102, filters: ["a"], properties: { userProperties: [["k", "v"]] } },
  },
  {
    name: "UNSUBACK before 5.0",
    version: 4,
    sender: "server",
    hex: "b0020102",
    packet: { type: "unsuback", packetId: 0x102, reasonCodes: [], properties: noProperties },
  },
  {
    name: "UNSUBACK of 5.0",
    version: 5,
    sender: "server",
    hex: "b006010200001187",
    packet: { type: "unsuback", packetId: 0x102, reasonCodes: [0, 0x11, 0x87], properties: noProperties },
  },
  {
    name: "UNSUBACK of 5.0 that says why",
    version: 5,
    sender: "server",
    hex: "b0090102051f00026e6f80",
    packet: { type: "unsuback", packetId: 0x102, reasonCodes: [0x80], properties: { reasonString: "no" } },
  },
];
