import { malformedAfterConnect } from "./malformed-after-connect.ts";
import { malformedConnect } from "./malformed-connect.ts";
import type { MalformedPacket } from "./malformed-packet.ts";

export type { MalformedPacket } from "./malformed-packet.ts";

/** Every refused packet, for tests of the codec and of whole connections. */
export const malformedPackets: readonly MalformedPacket[] = [...malformedConnect, ...malformedAfterConnect];
