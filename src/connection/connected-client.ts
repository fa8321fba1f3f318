import type { Peer } from "../base/mod.ts";
import type { Client } from "../hooks/mod.ts";
import type { ProtocolVersion } from "../protocol/mod.ts";
import type { Connection } from "./connection.ts";

/** A connection's client as hooks see it: made when somebody looks, so that a connection holds none. */
export class ConnectedClient implements Client {
  readonly id: string;
  readonly #connection: Connection;

  constructor(id: string, connection: Connection) {
    this.id = id;
    this.#connection = connection;
  }

  get userName(): string | null {
    return this.#connection.identity.userName;
  }

  get groups(): readonly string[] {
    return this.#connection.identity.groups ?? [];
  }

  get listener(): string {
    return this.#connection.entrance.name;
  }

  get peer(): Peer {
    return this.#connection.channel.peer;
  }

  get remoteAddress(): string {
    return this.#connection.channel.remoteAddress;
  }

  get protocolVersion(): ProtocolVersion {
    return this.#connection.version;
  }
}
