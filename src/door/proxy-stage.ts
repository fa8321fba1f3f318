import type { Peer } from "../base/mod.ts";
import type { Stage } from "./guest.ts";
import { ProxyHeaderReader } from "./proxy-header-reader.ts";
import { mayProxy, peerBehindProxy, type ProxySettings } from "./proxy-peer.ts";

/** Reads the PROXY header of a socket before `next` gets it. What came behind the header is put back. */
export function proxyStage(settings: ProxySettings, next: Stage): Stage {
  return (guest) => {
    const { socket, peer, visit } = guest;
    if (!mayProxy(peer, settings)) {
      visit.refuse("untrusted_proxy", "it is not one of trusted_proxies");
      return;
    }
    const reader = new ProxyHeaderReader();
    const ended = (): void => {
      visit.over();
      socket.destroy();
    };
    const received = (bytes: Buffer): void => {
      let client: Peer;
      try {
        const behind = reader.push(bytes, 0, bytes.length);
        if (behind < 0 || reader.header === null) return;
        client = peerBehindProxy(peer, reader.header, settings);
        socket.off("data", received).off("end", ended);
        socket.pause();
        if (behind < bytes.length) socket.unshift(bytes.subarray(behind));
      } catch (error) {
        visit.refuse("proxy_header", error instanceof Error ? error.message : String(error));
        return;
      }
      next({ ...guest, peer: client });
    };
    socket.on("data", received).on("end", ended);
    socket.resume();
  };
}
