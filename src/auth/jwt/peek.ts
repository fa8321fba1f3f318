import { isRecord } from "../grants.ts";

const compact = /^([\w-]+)\.([\w-]+)\.[\w-]+$/;

/**
 * The issuer that a text says it is a token of, before anything of it is verified; null if it is no token (a signed one
 * in compact form, RFC 7515 section 7.1).
 */
export function issuerOf(text: string): { readonly value: unknown } | null {
  const parts = compact.exec(text);
  if (parts === null) return null;
  const [, header = "", payload = ""] = parts;
  const read = jsonOf(header);
  const claims = jsonOf(payload);
  if (read === null || claims === null || typeof read["alg"] !== "string") return null;
  return { value: claims["iss"] };
}

function jsonOf(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isRecord(value) ? value : null;
  } catch {
    // Not JSON, so not a token.
    return null;
  }
}
