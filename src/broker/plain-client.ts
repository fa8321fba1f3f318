import type { Client } from "../hooks/mod.ts";

/** A client as plain values, to be told to another shard or thread. */
export function plainClient(client: Client): Client {
  const { id, userName, groups, listener, remoteAddress, protocolVersion } = client;
  const { address, port, proxy, tls, certificate, identity } = client.peer;
  const peer = { address, port, proxy, tls, certificate, identity };
  return { id, userName, groups, listener, peer, remoteAddress, protocolVersion };
}
