import { Type } from "typebox";
import { Check } from "typebox/schema";
import { WorldError } from "../base/mod.ts";
import type { MessageLine } from "./message-line.ts";

/** Version of the lines of an export. */
export const archiveVersion = 1;

/** A session, without what has lines of its own. */
export interface SessionLine {
  readonly kind: "session";
  readonly clientId: string;
  /** Session Expiry Interval in seconds; 4,294,967,295: never. */
  readonly expirySeconds: number;
  /** When its connection ended, in milliseconds since 1970; 0: it was connected when the broker ended. */
  readonly offlineSince: number;
  /** Sequence of the last message that was sent. */
  readonly sentTo: number;
  /** Receive Maximum of the client. */
  readonly receiveMaximum: number;
}

export interface SubscriptionLine {
  readonly kind: "subscription";
  readonly clientId: string;
  /** With `$share/<name>/` in front where it is shared. */
  readonly filter: string;
  /** The options byte of SUBSCRIBE (MQTT 5.0 section 3.8.3.1). */
  readonly options: number;
  /** Subscription Identifier; 0: none. */
  readonly identifier: number;
}

export interface WillLine {
  readonly kind: "will";
  readonly clientId: string;
  readonly delaySeconds: number;
  readonly message: MessageLine;
}

/** A QoS 2 message that came in and is not released. */
export interface ReceivedLine {
  readonly kind: "received";
  readonly clientId: string;
  readonly packetId: number;
}

/** One place in a session's queue. */
export interface QueuePlace {
  readonly clientId: string;
  /** Order in the queue. */
  readonly sequence: number;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
  /** `$share/<name>/<filter>` where it came by a shared subscription, else "". */
  readonly shared: string;
}

/** A message in the queues of all sessions that it waits for. */
export interface QueuedLine {
  readonly kind: "queued";
  /** Null: the client has it, and only PUBREL is left. */
  readonly message: MessageLine | null;
  readonly places: readonly QueuePlace[];
}

export interface RetainedLine {
  readonly kind: "retained";
  readonly message: MessageLine;
}

/** A message that is to be published later. */
export interface DelayedLine {
  readonly kind: "delayed";
  /** When it is due, in milliseconds since 1970. */
  readonly due: number;
  readonly message: MessageLine;
}

/** The first line. */
export interface HeadLine {
  readonly kind: "akasa-export";
  readonly version: number;
}

/** A line of an export: everything that belongs to a session comes after the session's own line. */
export type ArchiveLine =
  | HeadLine
  | SessionLine
  | SubscriptionLine
  | WillLine
  | ReceivedLine
  | QueuedLine
  | RetainedLine
  | DelayedLine;

const exact = { additionalProperties: false } as const;
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const uint32 = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
const packetId = Type.Integer({ minimum: 1, maximum: 0xffff });
const qos = Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]);
const clientId = Type.String();
const identifiers = Type.Array(Type.Integer({ minimum: 1, maximum: 268_435_455 }));
const base64 = Type.String({ pattern: "^[A-Za-z0-9+/]*={0,2}$" });

const properties = Type.Object(
  {
    payloadFormatIndicator: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1)])),
    contentType: Type.Optional(Type.String()),
    responseTopic: Type.Optional(Type.String()),
    correlationData: Type.Optional(base64),
    userProperties: Type.Optional(Type.Array(Type.Tuple([Type.String(), Type.String()]))),
  },
  exact,
);

const message = Type.Object(
  {
    topic: Type.String({ minLength: 1 }),
    qos,
    retain: Type.Boolean(),
    payload: base64,
    properties,
    expirySeconds: Type.Union([uint32, Type.Null()]),
    arrived: count,
    publisher: Type.String(),
  },
  exact,
);

const place = Type.Object(
  { clientId, sequence: count, qos, retain: Type.Boolean(), identifiers, shared: Type.String() },
  exact,
);

const schemas: { readonly [Kind in ArchiveLine["kind"]]: ReturnType<typeof Type.Object> } = {
  "akasa-export": Type.Object({ kind: Type.String(), version: count }, exact),
  session: Type.Object(
    {
      kind: Type.String(),
      clientId,
      expirySeconds: uint32,
      offlineSince: count,
      sentTo: count,
      receiveMaximum: Type.Integer({ minimum: 0, maximum: 0xffff }),
    },
    exact,
  ),
  subscription: Type.Object(
    {
      kind: Type.String(),
      clientId,
      filter: Type.String({ minLength: 1 }),
      options: Type.Integer({ minimum: 0, maximum: 0x3f }),
      identifier: Type.Integer({ minimum: 0, maximum: 268_435_455 }),
    },
    exact,
  ),
  will: Type.Object({ kind: Type.String(), clientId, delaySeconds: uint32, message }, exact),
  received: Type.Object({ kind: Type.String(), clientId, packetId }, exact),
  queued: Type.Object(
    { kind: Type.String(), message: Type.Union([message, Type.Null()]), places: Type.Array(place, { minItems: 1 }) },
    exact,
  ),
  retained: Type.Object({ kind: Type.String(), message }, exact),
  delayed: Type.Object({ kind: Type.String(), due: count, message }, exact),
};

/**
 * Reads one line of an export.
 * @throws WorldError `usage` with the line's number
 */
export function parseLine(text: string, number: number): ArchiveLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badLine(number, error);
  }
  const kind = typeof value === "object" && value !== null && "kind" in value ? String(value.kind) : "";
  if (!Object.hasOwn(schemas, kind)) {
    throw badLine(number, `expected an object whose "kind" is one of ${Object.keys(schemas).join(", ")}`);
  }
  if (!Check(schemas[kind as ArchiveLine["kind"]], value)) {
    throw badLine(number, `is no ${kind} line as akasa export writes it (docs/guide/durability.md has their fields)`);
  }
  return value as unknown as ArchiveLine;
}

/** What is wrong with a line of an export. */
export function badLine(number: number, why: unknown): WorldError {
  const cause = why instanceof Error ? why : null;
  return new WorldError("usage", `line ${number}: ${cause?.message ?? String(why)}`, cause === null ? {} : { cause });
}
