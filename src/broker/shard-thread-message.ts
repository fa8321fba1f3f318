import type { LogFields, WorldErrorCode } from "../base/mod.ts";
import type { WayEnd } from "../cluster/mod.ts";
import type { Config, HookReference } from "../config/mod.ts";
import type {
  Client,
  DisconnectOptions,
  ObservingPoint,
  OutgoingMessage,
  PublishReport,
  SubscribeOptions,
} from "../hooks/mod.ts";
import type { ReasonCode } from "../protocol/mod.ts";
import type { Broker, BrokerListener } from "./broker.ts";
import type { BrokerReading } from "./broker-reading.ts";
import type { ClientPage } from "./client-pages.ts";
import type { StoreDoor } from "./open-journal.ts";
import type { PlainEvent } from "./plain-event.ts";
import type { PlainMessage } from "./plain-message.ts";

/** What a shard's thread is started with. */
export interface ThreadData {
  readonly shard: number;
  /** False where nobody reads debug lines. */
  readonly debugEnabled: boolean;
  /** One number that both threads see: bytes of messages and events that the supervisor has not taken yet. */
  readonly newsWaiting: SharedArrayBuffer;
}

/** What a shard's thread tells when it listens. */
export interface ThreadStarted {
  readonly listeners: readonly BrokerListener[];
  readonly transport: Broker["transport"];
}

/** What the supervising thread may have a shard do. A subscription has a number that the supervisor chooses. */
export interface ThreadCalls {
  read(): Promise<BrokerReading>;
  /** The same without what waits in sessions; costs no look at each. */
  readCounters(): Promise<BrokerReading>;
  reload(): Promise<void>;
  reloadHooks(modules?: readonly HookReference[]): Promise<void>;
  publish(message: OutgoingMessage): Promise<PublishReport>;
  subscribe(subscription: number, filter: string, options?: SubscribeOptions): Promise<void>;
  unsubscribe(subscription: number): Promise<void>;
  /** Clients of the whole broker. */
  clientPage(cursor: number | null): Promise<ClientPage>;
  client(clientId: string): Promise<Client | null>;
  mayPublish(clientId: string, topic: string): Promise<boolean>;
  subscribeClient(clientId: string, filter: string, options?: SubscribeOptions): Promise<ReasonCode | null>;
  unsubscribeClient(clientId: string, filter: string): Promise<ReasonCode | null>;
  disconnectClient(clientId: string, options?: DisconnectOptions): Promise<boolean>;
  /** From now on the supervisor is told what the observers of this point are told, or is not any more. */
  listen(point: ObservingPoint, wanted: boolean): Promise<void>;
}

/** What the supervising thread says to a shard's. */
export type ToThread =
  | { readonly kind: "join"; readonly shard: number; readonly end: WayEnd }
  | { readonly kind: "leave"; readonly shard: number }
  /** The way to the store that the shards share. */
  | ({ readonly kind: "store" } & StoreDoor)
  /** It is to take in everything that was there before. */
  | { readonly kind: "prepare"; readonly config: Config; readonly ticketSecret: string }
  /** It is to listen. */
  | { readonly kind: "start"; readonly config: Config }
  | { readonly kind: "call"; readonly id: number; readonly name: keyof ThreadCalls; readonly words: readonly unknown[] }
  | { readonly kind: "stop" };

/** What a shard's thread says to the supervising one. */
export type FromThread =
  | { readonly kind: "prepared" }
  | ({ readonly kind: "started" } & ThreadStarted)
  | { readonly kind: "failed"; readonly code: WorldErrorCode | null; readonly message: string }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  | {
      readonly kind: "fault";
      readonly id: number;
      readonly code: WorldErrorCode | null;
      readonly message: string;
    }
  | { readonly kind: "message"; readonly subscription: number; readonly message: PlainMessage; readonly bytes: number }
  | { readonly kind: "event"; readonly point: ObservingPoint; readonly event: PlainEvent; readonly bytes: number }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: LogFields;
    };
