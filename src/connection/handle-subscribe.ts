import { decodeSubscribe } from "../codec/mod.ts";
import type { Session } from "../session/mod.ts";
import type { Connection } from "./connection.ts";
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
  const work = new SubscribeWork(connection, session, decodeSubscribe(bytes, start, end, connection.version));
  let done = work.step();
  while (done === false) done = work.step();
  if (done !== true) connection.workOn(() => work.step(), done);
}

function subscribeLater(connection: Connection, session: Session, body: Buffer): void {
  let work: SubscribeWork | null = null;
  connection.workOn(() => {
    if (work !== null) return work.step();
    work = new SubscribeWork(connection, session, decodeSubscribe(body, 0, body.length, connection.version));
    return false;
  });
}
