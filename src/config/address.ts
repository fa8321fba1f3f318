/** Where a listener listens. */
export type ListenerAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

const tcpAddress = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+(?:%[^\]\s]+)?)\]|(?<host>[^:[\]/\s]+)):(?<port>\d{1,5})$/;

/** Reads `host:port`, `[ipv6]:port` or `unix:/path`; null if the text is none of them. Port 0 means any free port. */
export function parseListenerAddress(text: string): ListenerAddress | null {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    return path.length > 0 && !path.includes("\0") ? { kind: "unix", path } : null;
  }
  const groups = tcpAddress.exec(text)?.groups;
  const host = groups?.["ipv6"] ?? groups?.["host"];
  const port = Number(groups?.["port"]);
  return host === undefined || port > 65535 ? null : { kind: "tcp", host, port };
}

/** True if only programs on this machine reach the address. */
export function isLocal(address: ListenerAddress): boolean {
  if (address.kind === "unix") return true;
  const host = address.host.toLowerCase();
  return host === "localhost" || host === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host);
}
