import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import fc from "fast-check";
import { WebSocketServer } from "ws";
import { fuzz, type FuzzBudget, fuzzFromCommandLine } from "../../../test/kit/fuzz-run.ts";
import { RecordingOwner } from "../../transport/contract/recording-owner.ts";
import { newTurn } from "../../transport/contract/wire.ts";
import { WebSocketChannel } from "../websocket-channel.ts";

const opcode = { continuation: 0, binary: 2, ping: 9, pong: 10 } as const;

/** A socket that is no socket: what it is told to have received it hands on at once. */
class SilentSocket extends Socket {
  override _read(): void {}
  override _write(_bytes: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
  override _writev(_chunks: unknown, done: () => void): void {
    done();
  }
}

interface Frame {
  readonly first: number;
  readonly payload: Buffer;
}

function frameBytes({ first, payload }: Frame, mask: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(mask);
  const masked = payload.map((byte, index) => byte ^ (key[index & 3] as number));
  const size = payload.length;
  const length = size < 126 ? [0x80 | size] : [0x80 | 126, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([first, ...length]), key, masked]);
}

interface Case {
  /** What the client sends as MQTT. */
  readonly content: Buffer;
  /** How it is cut into frames: bytes of each, and whether a message ends there. */
  readonly frames: readonly { readonly size: number; readonly last: boolean; readonly ping: boolean }[];
  /** Where the stream of frames is cut. */
  readonly cuts: readonly number[];
  readonly mask: number;
}

const arbitraryCase: fc.Arbitrary<Case> = fc.record({
  content: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  frames: fc.array(fc.record({ size: fc.nat(200), last: fc.boolean(), ping: fc.boolean() }), { maxLength: 12 }),
  cuts: fc.array(fc.nat(1000), { maxLength: 10 }),
  mask: fc.nat(0xffff_ffff),
});

/** The content as frames; the last one ends its message. Between the frames of a message there may be pings. */
function streamOf({ content, frames, mask }: Case): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  let open = false;
  const add = (size: number, last: boolean): void => {
    const payload = content.subarray(at, at + size);
    at += payload.length;
    const kind = open ? opcode.continuation : opcode.binary;
    parts.push(frameBytes({ first: (last ? 0x80 : 0) | kind, payload }, mask));
    open = !last;
  };
  for (const { size, last, ping } of frames) {
    add(size, last);
    if (ping) parts.push(frameBytes({ first: 0x80 | opcode.ping, payload: Buffer.from("?") }, mask));
    if (ping) parts.push(frameBytes({ first: 0x80 | opcode.pong, payload: Buffer.alloc(0) }, mask));
  }
  add(content.length - at, true);
  return Buffer.concat(parts);
}

function receive(stream: Buffer, offsets: readonly number[]): Buffer {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, autoPong: false });
  const socket = new SilentSocket();
  const request = Object.assign(new IncomingMessage(socket), {
    method: "GET",
    headers: {
      upgrade: "websocket",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      "sec-websocket-version": "13",
    },
  });
  const owner = new RecordingOwner();
  server.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) => {
    new WebSocketChannel(webSocket, socket, newTurn()).owner = owner;
  });
  let start = 0;
  for (const end of [...offsets, stream.length]) {
    if (end > start) socket.emit("data", Buffer.from(stream.subarray(start, end)));
    start = end;
  }
  const { received } = owner;
  socket.destroy();
  return received;
}

/** Whatever frames MQTT is cut into, and wherever TCP cuts those, the same bytes arrive. */
export function run(budget: FuzzBudget): number {
  return fuzz(
    fc.property(arbitraryCase, (tried) => {
      const stream = streamOf(tried);
      const offsets = tried.cuts.map((cut) => Math.min(cut, stream.length)).toSorted((a, b) => a - b);
      assert.ok(receive(stream, offsets).equals(tried.content));
      assert.ok(receive(stream, Array.from(stream.keys())).equals(tried.content), "byte by byte");
    }),
    budget,
  );
}

if (import.meta.main) fuzzFromCommandLine("door/websocket-split", run);
