import type { Channel, ChannelOwner } from "./channel.ts";
import type { Turn } from "./turn.ts";

/** Where a listener listens: a TCP address or the path of a Unix socket. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | {
      readonly kind: "unix";
      readonly path: string;
      /** Permissions of the socket; without them the umask decides. */
      readonly mode?: number;
    };

/** Gives the owner of a new channel, or null to refuse it: the channel is destroyed then. */
export type Accept = (channel: Channel) => ChannelOwner | null;

/** What a transport needs to listen. */
export interface ListenOptions {
  readonly address: ListenAddress;
  readonly turn: Turn;
  readonly accept: Accept;
  /** Lets several processes listen on the same port (SO_REUSEPORT). Default false. */
  readonly reusePort?: boolean;
}

/** A door that channels come in by. */
export interface Listener {
  /** The address in text form, with the port that the system chose where 0 was asked for. */
  readonly address: string;
  /** The port, 0 for a Unix socket. */
  readonly port: number;
  /** Takes no new channels from now on; those that are open stay. Resolves when the door is shut. */
  close(): Promise<void>;
}
