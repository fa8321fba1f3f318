import type { Server } from "node:http";
import type { Clock, Logger } from "../base/mod.ts";
import { addressMatcher, type HttpListenerConfig } from "../config/mod.ts";
import { newHandshakeCounters, putBehindProxy } from "../door/mod.ts";

const loopback = ["127.0.0.0/8", "::1"];

/** Where the listener has a `proxy_mode`, its connections show a PROXY header first. */
export function standBehindProxy(
  server: Server,
  listener: HttpListenerConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): void {
  const { proxy_mode: mode, trusted_proxies: proxies } = listener;
  if (mode === null) return;
  putBehindProxy(
    server,
    { mode, trusted: addressMatcher(proxies ?? loopback), identityPart: null },
    {
      name: "http",
      clock,
      logger,
      counters: newHandshakeCounters(),
      timeoutMilliseconds: listener.handshake_timeout_seconds * 1000,
      pendingMax: listener.max_handshakes,
    },
  );
}
