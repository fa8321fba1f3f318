import type { PacketType } from "../protocol/mod.ts";
import { chunkBytes } from "../transport/mod.ts";
import type { Connection } from "./connection.ts";

/** Sends one packet of `size` bytes that `encode` writes at the place it is given. For all but PUBLISH and its acks. */
export function sendPacket(
  connection: Connection,
  type: PacketType,
  size: number,
  encode: (target: Buffer, at: number) => number,
): void {
  const { turn, statistics } = connection.context;
  statistics.packetsSent[type] = (statistics.packetsSent[type] as number) + 1;
  statistics.bytesSent += size;
  if (size > chunkBytes) {
    const owned = Buffer.allocUnsafeSlow(size);
    encode(owned, 0);
    turn.appendOwned(connection.channel, owned);
    return;
  }
  const offset = turn.reserve(size);
  encode(turn.bytes, turn.at);
  turn.append(connection.channel, offset, size);
}
