import { decodeSubscribe } from "../codec/mod.ts";
import type { SubscribePacket } from "../protocol/mod.ts";
import type { Session } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
import { type Decided, nothingDecided, subscribeThroughHooks } from "./hooked-subscribe.ts";
import { SubscribeWork } from "./subscribe-work.ts";

/** Bytes of a packet that is handled in one go: a few hundred filters. */
export const bytesAtOnce: number = 8 * 1024;

/** SUBSCRIBE (MQTT 5.0 section 3.8): every filter is judged by itself, all are answered by one SUBACK. */
export function handleSubscribe(
  connection: Connection,
  session: Session,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  // Many clients that subscribe at the same moment hold up the others no more than one large packet does.
  if (end - start > bytesAtOnce || connection.context.turn.isLong) {
    subscribeLater(connection, session, Buffer.from(bytes.subarray(start, end)));
    return;
  }
  const packet = decodeSubscribe(bytes, start, end, connection.version);
  if (hasHooks(connection))
    subscribeThroughHooks(connection, session, packet, (...left) => serve(connection, session, ...left));
  else serve(connection, session, packet, nothingDecided);
}

function hasHooks(connection: Connection): boolean {
  const { hooks } = connection.context.parts;
  return hooks.beforeSubscribe !== null || hooks.authorizeSubscribe !== null;
}

function serve(connection: Connection, session: Session, packet: SubscribePacket, decided: Decided): void {
  const work = new SubscribeWork(connection, session, packet, decided);
  let done = work.step();
  while (done === false) done = work.step();
  if (done !== true) connection.workOn(() => work.step(), done);
}

function subscribeLater(connection: Connection, session: Session, body: Buffer): void {
  let work: SubscribeWork | null = null;
  connection.workOn(() => {
    if (work !== null) return work.step();
    const packet = decodeSubscribe(body, 0, body.length, connection.version);
    if (hasHooks(connection)) {
      subscribeThroughHooks(connection, session, packet, (...left) => serve(connection, session, ...left));
      return true;
    }
    work = new SubscribeWork(connection, session, packet, nothingDecided);
    return false;
  });
}
