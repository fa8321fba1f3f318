import type { IncomingMessage } from "node:http";

/** Which WebSockets a listener takes. */
export interface WebSocketRules {
  /** The path; `/` is taken besides it. */
  readonly path: string;
  /** Origins of web pages that may connect; null: all. */
  readonly allowedOrigins: readonly string[] | null;
}

/** Why a request does not become a WebSocket, as HTTP says it. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly message: string;
}

/** Sub-protocols in the order in which we like them: `mqttv3.1` is what clients of MQTT 3.1 call it. */
const subProtocols = ["mqtt", "mqttv3.1"];

/** Null if the request may become a WebSocket. */
export function refusalOf(request: IncomingMessage, { path, allowedOrigins }: WebSocketRules): UpgradeRefusal | null {
  const asked = (request.url ?? "").replace(/[?#].*$/, "");
  if (asked !== path && asked !== "/") return { status: 404, message: `the WebSocket for MQTT is at ${path}` };
  const { origin } = request.headers;
  if (origin !== undefined && allowedOrigins !== null && !allowedOrigins.includes(origin)) {
    return { status: 403, message: "pages of this origin may not connect" };
  }
  // [MQTT-6.0.0-3] The client has to offer it; [MQTT-6.0.0-4] and gets it back.
  if (chooseProtocol(offered(request)) === null) {
    return { status: 400, message: "expected the sub-protocol mqtt (Sec-WebSocket-Protocol: mqtt)" };
  }
  return null;
}

/** The sub-protocol to speak, of those that a client offers; null if it offers none of ours. */
export function chooseProtocol(offers: ReadonlySet<string>): string | null {
  return subProtocols.find((name) => offers.has(name)) ?? null;
}

function offered(request: IncomingMessage): Set<string> {
  const header = request.headers["sec-websocket-protocol"] ?? "";
  return new Set(header.split(",").map((name) => name.trim()));
}

/** An answer over which the connection is closed. */
export function refusalText({ status, message }: UpgradeRefusal): string {
  const reasons: Readonly<Record<number, string>> = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    426: "Upgrade Required",
  };
  const body = `${message}\n`;
  return [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}`,
    ...(status === 426 ? ["Upgrade: websocket", "Connection: Upgrade, close"] : ["Connection: close"]),
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
