import type { Clock } from "../base/mod.ts";

/** A request over HTTP. */
export interface TextRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMilliseconds: number;
  /** Bytes of an answer that are taken in. */
  readonly bytesMax: number;
}

/** An answer of any status, or why there is none, in words that hold nothing of the request. */
export type TextAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks, and takes in a bounded answer within a bounded time. Never rejects. Redirects are not followed. */
export async function fetchText(request: TextRequest, clock: Clock): Promise<TextAnswer> {
  const { url, method, headers, body, timeoutMilliseconds, bytesMax } = request;
  const control = new AbortController();
  const timer = clock.after(timeoutMilliseconds, () => control.abort());
  try {
    const sent = body === undefined ? {} : { body };
    const response = await fetch(url, { method, headers, ...sent, redirect: "manual", signal: control.signal });
    const text = await boundedText(response, bytesMax);
    if (text === null) return { kind: "failed", reason: `an answer of more than ${bytesMax} bytes` };
    return { kind: "answer", status: response.status, text };
  } catch (error) {
    if (control.signal.aborted) return { kind: "failed", reason: `no answer within ${timeoutMilliseconds} ms` };
    return { kind: "failed", reason: reasonOf(error) };
  } finally {
    timer.cancel();
    // Lets go of an answer that was not read to its end.
    control.abort();
  }
}

/** What a log may tell of a URL: the server. Path and query may hold a key to it. */
export function serverOf(url: string): string {
  return new URL(url).origin;
}

/** Null if there is more than that. */
async function boundedText(response: Response, bytesMax: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > bytesMax) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `fetch` hides what happened (ECONNREFUSED, a certificate that is not valid) in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? `not reachable (${code})` : "not reachable";
}
