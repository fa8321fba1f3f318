import type { Qos, TopicFilter } from "../protocol/mod.ts";
import type {
  ArmedWill,
  OutState,
  SavedMessage,
  SavedSubscription,
  SavedTerms,
  SessionState,
  StoredPart,
} from "../session/mod.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { type MessageReader, writeMessage } from "./message-record.ts";

/** The numbers that the store keeps of a session, in the order in which they are written. */
const storedFields = [
  "session",
  "lastSequence",
  "loadedTo",
  "sentTo",
  "unsureCount",
  "unsureTo",
  "messages",
  "bytes",
  "expirySeconds",
] as const;

/** Writes subscriptions: count(4), then for each filter, ShareName, options(1), identifier(4). */
export function writeSubscriptions(writer: BatchWriter, subscriptions: readonly SavedSubscription[]): void {
  writer.word(subscriptions.length);
  for (const { filter, shareName, options, identifier } of subscriptions) {
    writer.text(filter);
    writer.text(shareName ?? "");
    writer.byte(options.qos | (options.noLocal ? 4 : 0) | (options.retainAsPublished ? 8 : 0));
    writer.word(identifier);
  }
}

/** Reads what {@link writeSubscriptions} wrote. */
export function readSubscriptions(reader: BatchReader): SavedSubscription[] {
  return list(reader, () => {
    const filter = reader.text() as TopicFilter;
    // [MQTT-4.8.2-1] A ShareName has at least one character.
    const shareName = reader.text() || null;
    const flags = reader.byte();
    const options = {
      qos: (flags & 3) as Qos,
      noLocal: (flags & 4) !== 0,
      retainAsPublished: (flags & 8) !== 0,
      retainHandling: 2,
    } as const;
    return { filter, shareName, options, identifier: reader.word() };
  });
}

/** Writes a session. @param now monotonic milliseconds of this shard */
export function writeState(writer: BatchWriter, state: SessionState, now: number): void {
  writer.number(state.expirySeconds);
  writer.number(state.endsIn);
  writer.number(state.willIn);
  writer.byte(state.will === null ? 0 : 1);
  if (state.will !== null) {
    writer.number(state.will.delaySeconds);
    writeMessage(writer, state.will.publication, now);
  }
  writer.word(state.received.length);
  for (const packetId of state.received) writer.short(packetId);
  writeSubscriptions(writer, state.subscriptions);
  writer.word(state.terms.length);
  for (const terms of state.terms) writeTerms(writer, terms);
  writer.short(state.nextPacketId);
  writer.byte(state.stored === null ? 0 : 1);
  if (state.stored !== null) writeStored(writer, state.stored);
  writer.word(state.messages.length);
  for (const message of state.messages) {
    writer.byte(message.state | (message.publication === null ? 0 : 8));
    writer.short(message.packetId);
    writer.byte(message.qos | (message.retain ? 4 : 0));
    writer.word(message.terms);
    if (state.stored !== null) writeName(writer, message);
    if (message.publication !== null) writeMessage(writer, message.publication, now);
  }
}

/** Reads what {@link writeState} wrote. @param now monotonic milliseconds of this shard */
export function readState(clientId: string, reader: BatchReader, messages: MessageReader, now: number): SessionState {
  const expirySeconds = reader.number();
  const endsIn = reader.number();
  const willIn = reader.number();
  const will = reader.byte() === 0 ? null : readWill(reader, messages, now);
  const received = list(reader, () => reader.short());
  const subscriptions = readSubscriptions(reader);
  const terms = list(reader, () => readTerms(reader));
  const nextPacketId = reader.short();
  const stored = reader.byte() === 0 ? null : readStored(reader);
  const saved = list(reader, () => readSaved(reader, messages, { now, isNamed: stored !== null }));
  const times = { expirySeconds, endsIn, willIn };
  return { clientId, ...times, will, received, subscriptions, terms, nextPacketId, stored, messages: saved };
}

function readWill(reader: BatchReader, messages: MessageReader, now: number): ArmedWill {
  const delaySeconds = reader.number();
  messages.read(reader, now);
  return { delaySeconds, publication: messages.publication.keep() };
}

function writeName(writer: BatchWriter, { sequence, body, isStored }: SavedMessage): void {
  writer.number(sequence);
  writer.number(body);
  writer.byte(isStored ? 1 : 0);
}

function writeStored(writer: BatchWriter, stored: StoredPart): void {
  for (const field of storedFields) writer.number(stored[field]);
  writer.byte(stored.hasWill ? 1 : 0);
}

function readStored(reader: BatchReader): StoredPart {
  const [session, lastSequence, loadedTo, sentTo, unsureCount, unsureTo, messages, bytes, expirySeconds] =
    storedFields.map(() => reader.number()) as [number, number, number, number, number, number, number, number, number];
  const sums = { lastSequence, loadedTo, sentTo, unsureCount, unsureTo, messages, bytes };
  return { session, ...sums, expirySeconds, hasWill: reader.byte() === 1 };
}

function readSaved(
  reader: BatchReader,
  messages: MessageReader,
  { now, isNamed }: { readonly now: number; readonly isNamed: boolean },
): SavedMessage {
  const first = reader.byte();
  const packetId = reader.short();
  const bits = reader.byte();
  const terms = reader.word();
  const sequence = isNamed ? reader.number() : 0;
  const body = isNamed ? reader.number() : 0;
  const isStored = isNamed && reader.byte() === 1;
  const hasMessage = (first & 8) !== 0;
  if (hasMessage) messages.read(reader, now);
  const publication = hasMessage ? messages.publication.keep() : null;
  const qos = (bits & 3) as Qos;
  const name = { sequence, body, isStored };
  return { state: (first & 7) as OutState, packetId, qos, retain: bits >= 4, publication, terms, ...name };
}

function writeTerms(writer: BatchWriter, { subscription, identifiers }: SavedTerms): void {
  writer.word(subscription + 1);
  writer.word(identifiers?.length ?? 0);
  for (const identifier of identifiers ?? []) writer.word(identifier);
}

function readTerms(reader: BatchReader): SavedTerms {
  const subscription = reader.word() - 1;
  const identifiers = list(reader, () => reader.word());
  return { subscription, identifiers: identifiers.length === 0 ? null : identifiers };
}

/** Reads a count and as many items. */
function list<Item>(reader: BatchReader, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let left = reader.word(); left > 0; left--) items.push(read());
  return items;
}
