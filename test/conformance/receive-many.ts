import type { PublishPacket, RawClient, Within } from "../kit/mod.ts";

/** The next packets, which must be that many PUBLISHes; each is answered up to the end of its QoS. */
export async function receiveMany(client: RawClient, count: number, within: Within = {}): Promise<PublishPacket[]> {
  const messages: PublishPacket[] = [];
  while (messages.length < count) messages.push(await client.receive(within));
  return messages;
}

/** What the messages say, in their order. */
export function texts(messages: readonly PublishPacket[]): string[] {
  return messages.map(({ payload }) => payload.toString());
}
