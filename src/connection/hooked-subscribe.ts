import type { Refused, SubscribeRequest, UnsubscribeRequest } from "../hooks/mod.ts";
import {
  PacketType,
  type Properties,
  type ReasonCode,
  type SubscribeEntry,
  type SubscribePacket,
  type UnsubscribePacket,
} from "../protocol/mod.ts";
import type { Session } from "../session/mod.ts";
import { failureIn } from "./answer-code.ts";
import { ConnectedClient } from "./connected-client.ts";
import type { Connection } from "./connection.ts";
import { park } from "./park.ts";

/** What hooks have decided about the entries of a packet, by index; undefined: nothing. */
export type Decided = readonly (ReasonCode | undefined)[];

/** No hook has decided anything. */
export const nothingDecided: Decided = [];

class Request<Entry> {
  readonly client: ConnectedClient;
  readonly entries: Entry[];
  readonly properties: Readonly<Properties>;
  readonly decided: (ReasonCode | undefined)[];
  readonly #answer: PacketType;

  constructor(
    client: ConnectedClient,
    entries: readonly Entry[],
    properties: Readonly<Properties>,
    answer: PacketType,
  ) {
    this.client = client;
    this.entries = [...entries];
    this.properties = properties;
    this.decided = entries.map(() => undefined);
    this.#answer = answer;
  }

  /** The same by the name that UNSUBSCRIBE has for it. */
  get filters(): Entry[] {
    return this.entries;
  }

  refuse(index: number, reasonCode: ReasonCode): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.decided.length) {
      throw new RangeError(`there is no entry ${index} to refuse`);
    }
    this.decided[index] ??= failureIn(this.#answer, reasonCode);
  }

  refuseAll({ reasonCode }: Refused): void {
    for (const index of this.decided.keys()) this.refuse(index, reasonCode);
  }
}

/** Shows a SUBSCRIBE to the hooks; `proceed` gets it as they left it, at once unless one of them waits. */
export function subscribeThroughHooks(
  connection: Connection,
  session: Session,
  packet: SubscribePacket,
  proceed: (packet: SubscribePacket, decided: Decided) => void,
): void {
  const { hooks } = connection.context.parts;
  const client = new ConnectedClient(session.clientId, connection);
  const request = new Request(client, packet.entries, packet.properties, PacketType.suback);
  const finish = (): void => {
    if (connection.phase === "open") proceed({ ...packet, entries: entriesOf(packet, request) }, request.decided);
  };
  const authorize = (verdict: Refused | null): void => {
    if (verdict !== null) request.refuseAll(verdict);
    const waiting = authorizeFrom(connection, request, 0);
    if (waiting === null) finish();
    else park(connection, waiting, finish);
  };
  const event: SubscribeRequest = request;
  const answer = hooks.beforeSubscribe === null ? null : hooks.decide(hooks.beforeSubscribe, event);
  if (answer instanceof Promise) park(connection, answer, authorize);
  else authorize(answer);
}

/** Asks for each entry from `start` on; a promise where one of the hooks waits. */
function authorizeFrom(connection: Connection, request: Request<SubscribeEntry>, start: number): Promise<void> | null {
  const { hooks } = connection.context.parts;
  const point = hooks.authorizeSubscribe;
  if (point === null) return null;
  for (let index = start; index < request.entries.length; index++) {
    const entry = request.entries[index] as SubscribeEntry;
    if (request.decided[index] !== undefined) continue;
    const answer = hooks.decide(point, { client: request.client, filter: entry.filter, qos: entry.qos });
    if (answer instanceof Promise) {
      return answer.then(async (verdict) => {
        if (verdict?.kind === "refused") request.refuse(index, verdict.reasonCode);
        await authorizeFrom(connection, request, index + 1);
      });
    }
    if (answer?.kind === "refused") request.refuse(index, answer.reasonCode);
  }
  return null;
}

/** The entries as the hooks left them; what is no entry any more is as the client sent it. */
function entriesOf(packet: SubscribePacket, request: Request<SubscribeEntry>): SubscribeEntry[] {
  return packet.entries.map((sent, index) => {
    const entry: { readonly filter?: unknown; readonly qos?: unknown } = request.entries[index] ?? sent;
    const sound = typeof entry.filter === "string" && [0, 1, 2].includes(entry.qos as number);
    return sound ? { ...sent, ...(entry as SubscribeEntry) } : sent;
  });
}

/** Shows an UNSUBSCRIBE to the hooks; `proceed` gets it as they left it, at once unless one of them waits. */
export function unsubscribeThroughHooks(
  connection: Connection,
  session: Session,
  packet: UnsubscribePacket,
  proceed: (packet: UnsubscribePacket, decided: Decided) => void,
): void {
  const { hooks } = connection.context.parts;
  const client = new ConnectedClient(session.clientId, connection);
  const request = new Request(client, packet.filters, packet.properties, PacketType.unsuback);
  const goOn = (verdict: Refused | null): void => {
    if (verdict !== null) request.refuseAll(verdict);
    const filters = packet.filters.map((sent, index) => {
      const filter: unknown = request.entries[index];
      return typeof filter === "string" ? filter : sent;
    });
    if (connection.phase === "open") proceed({ ...packet, filters }, request.decided);
  };
  const event: UnsubscribeRequest = request;
  const answer = hooks.beforeUnsubscribe === null ? null : hooks.decide(hooks.beforeUnsubscribe, event);
  if (answer instanceof Promise) park(connection, answer, goOn);
  else goOn(answer);
}

/** Tells that a SUBSCRIBE was answered. */
export function tellSubscribed(
  connection: Connection,
  session: Session,
  entries: readonly SubscribeEntry[],
  reasonCodes: readonly ReasonCode[],
): void {
  const { hooks } = connection.context.parts;
  if (hooks.afterSubscribe === null) return;
  const client = new ConnectedClient(session.clientId, connection);
  hooks.observe(hooks.afterSubscribe, { client, entries, reasonCodes });
}

/** Tells that an UNSUBSCRIBE was answered. */
export function tellUnsubscribed(
  connection: Connection,
  session: Session,
  filters: readonly string[],
  reasonCodes: readonly ReasonCode[],
): void {
  const { hooks } = connection.context.parts;
  if (hooks.afterUnsubscribe === null) return;
  const client = new ConnectedClient(session.clientId, connection);
  hooks.observe(hooks.afterUnsubscribe, { client, filters, reasonCodes });
}
