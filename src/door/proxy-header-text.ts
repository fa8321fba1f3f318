import { isIPv4, isIPv6 } from "node:net";
import { type ProxyHeader, ProxyHeaderError, silentHeader } from "./proxy-header.ts";

/** Bytes of the longest line, with its CR LF. */
export const textHeaderBytesMax = 107;

/**
 * Reads a header of version 1, without its CR LF: `PROXY TCP4 192.0.2.7 192.0.2.1 56324 1883`.
 * @throws ProxyHeaderError
 */
export function parseTextHeader(line: string): ProxyHeader {
  const [word, family, source = "", destination = "", sourcePort = "", destinationPort = "", ...more] = line.split(" ");
  if (word !== "PROXY") throw new ProxyHeaderError("no PROXY header");
  // Whatever stands behind UNKNOWN is to be ignored.
  if (family === "UNKNOWN") return silentHeader;
  const fits = family === "TCP4" ? isIPv4 : family === "TCP6" ? isIPv6 : null;
  if (fits === null || !fits(source) || !fits(destination) || source.includes("%") || more.length > 0) {
    throw new ProxyHeaderError("a PROXY header of version 1 with bad addresses");
  }
  portOf(destinationPort);
  return { ...silentHeader, source: { address: source, port: portOf(sourcePort) } };
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^(0|[1-9]\d{0,4})$/.test(text) || port > 65535) {
    throw new ProxyHeaderError("a PROXY header of version 1 with a bad port");
  }
  return port;
}
