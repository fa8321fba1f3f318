import { type Accept, type Channel, type ChannelOwner } from "../transport/mod.ts";
import type { Doorstep, Visit } from "./doorstep.ts";
import { ProxyHeaderReader } from "./proxy-header-reader.ts";
import { mayProxy, peerBehindProxy, type ProxySettings } from "./proxy-peer.ts";

/**
 * Lets every channel show a PROXY header before `accept` gets it, over whatever transport it came. Connections from
 * others than trusted proxies, and those without a header, are closed.
 */
export function acceptBehindProxy(accept: Accept, settings: ProxySettings, doorstep: Doorstep): Accept {
  return (channel) => {
    const visit = doorstep.enter(
      () => channel.remoteAddress,
      () => channel.destroy(),
    );
    if (visit === null) return null;
    if (mayProxy(channel.peer, settings)) return new HeaderOwner({ channel, accept, settings, visit });
    visit.refuse("untrusted_proxy", "it is not one of trusted_proxies");
    return null;
  };
}

interface HeaderOwnerParts {
  readonly channel: Channel;
  readonly accept: Accept;
  readonly settings: ProxySettings;
  readonly visit: Visit;
}

/** Owns a channel until its header is complete. */
class HeaderOwner implements ChannelOwner {
  readonly #parts: HeaderOwnerParts;
  readonly #reader = new ProxyHeaderReader();

  constructor(parts: HeaderOwnerParts) {
    this.#parts = parts;
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    const { channel, settings, visit } = this.#parts;
    if (channel.ending) return;
    let next: number;
    try {
      next = this.#reader.push(bytes, start, end);
      const { header } = this.#reader;
      if (header !== null) channel.tellPeer(peerBehindProxy(channel.peer, header, settings));
    } catch (error) {
      visit.refuse("proxy_header", error instanceof Error ? error.message : String(error));
      return;
    }
    if (next < 0) return;
    const owner = this.#admit();
    if (owner !== null && next < end) owner.onBytes(bytes, next, end);
  }

  onDrained(): void {}

  onEnded(): void {
    this.#parts.visit.over();
    this.#parts.channel.destroy();
  }

  onClosed(): void {
    this.#parts.visit.over();
  }

  #admit(): ChannelOwner | null {
    const { channel, accept, visit } = this.#parts;
    visit.over();
    const owner = accept(channel);
    if (owner === null) channel.destroy();
    else channel.owner = owner;
    return owner;
  }
}
