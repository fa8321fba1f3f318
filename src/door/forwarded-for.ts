import { isIP } from "node:net";

/**
 * The client behind HTTP proxies, by X-Forwarded-For: each proxy has appended the address that it was connected from.
 * Read from the right, the first address that is no trusted proxy is the client; what stands to the left of it is what
 * the client claims. Null where the header tells nothing that can be believed.
 */
export function forwardedFor(header: string, trusted: (address: string) => boolean): string | null {
  let client: string | null = null;
  for (const entry of header.split(",").toReversed()) {
    const address = plainAddress(entry.trim());
    if (address === null) return client;
    client = address;
    if (!trusted(address)) return client;
  }
  return client;
}

/** Without the port that some proxies append. */
function plainAddress(text: string): string | null {
  const groups = /^(?:\[(?<ipv6>[^\]]+)\](?::\d+)?|(?<ipv4>[\d.]+):\d+)$/.exec(text)?.groups;
  const address = groups?.["ipv6"] ?? groups?.["ipv4"] ?? text;
  return isIP(address) === 0 ? null : address;
}
