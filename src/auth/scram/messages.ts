import { base64Bytes } from "../base64.ts";

/** The first message of a client (RFC 5802 section 7: `client-first-message`). */
export interface ClientFirst {
  /** Who asks, unescaped. */
  readonly userName: string;
  readonly nonce: string;
  /** The GS2 header as sent, comma included: the client repeats it in its last message. */
  readonly header: string;
  /** The message without the header: a part of what is signed. */
  readonly bare: string;
}

/** The last message of a client (`client-final-message`). */
export interface ClientFinal {
  /** The GS2 header that the client says it sent. */
  readonly header: string;
  readonly nonce: string;
  readonly proof: Buffer;
  /** The message up to the proof: a part of what is signed. */
  readonly withoutProof: string;
}

/** What is wrong with a message, for the log; nothing of the message is in it. */
export interface Malformed {
  readonly wrong: string;
}

/** Bytes of one message of a client. Names, nonces and proofs together take a tenth of it. */
export const messageBytesMax = 4096;

/** Characters of a client's nonce: printable ASCII without the comma (RFC 5802 section 5.1), and not endless. */
const nonceText = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;

/** The text of a message: UTF-8 of a bearable length without NUL. */
export function textOf(data: Uint8Array): string | Malformed {
  if (data.length > messageBytesMax) return { wrong: `a message of more than ${messageBytesMax} bytes` };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    return text.includes("\u0000") ? { wrong: "a message with NUL" } : text;
  } catch {
    // The decoder has no other reason to throw.
    return { wrong: "a message that is not UTF-8" };
  }
}

/** Reads `n,[a=authzid],[m=...,]n=user,r=nonce[,extensions]`. */
export function readClientFirst(text: string): ClientFirst | Malformed {
  const parts = text.split(",");
  const [binding = "", authorization = "", name = "", nonce = ""] = parts;
  if (binding.startsWith("p=")) return { wrong: "channel binding, which this mechanism does not have" };
  // "y": the client could bind and thinks that we cannot. We offer no -PLUS mechanism, so it is right.
  if (binding !== "n" && binding !== "y") return { wrong: "a message that does not begin with a GS2 header" };
  if (name.startsWith("m=")) return { wrong: "an extension that must be understood and is not" };
  if (!name.startsWith("n=")) return { wrong: "no user name" };
  const userName = unescaped(name.slice(2));
  if (userName === null || userName === "") return { wrong: "a user name that is empty or escaped wrongly" };
  if (authorization !== "") {
    const other = authorization.startsWith("a=") ? unescaped(authorization.slice(2)) : null;
    if (other !== userName) return { wrong: "an authorization identity that is not the user's own name" };
  }
  if (!nonce.startsWith("r=") || !nonceText.test(nonce.slice(2)))
    return { wrong: "no nonce, or one that is not valid" };
  const header = `${binding},${authorization},`;
  return { userName, nonce: nonce.slice(2), header, bare: text.slice(header.length) };
}

/** Reads `c=header,r=nonce[,extensions],p=proof`. */
export function readClientFinal(text: string): ClientFinal | Malformed {
  const at = text.lastIndexOf(",p=");
  if (at < 0) return { wrong: "no proof" };
  const withoutProof = text.slice(0, at);
  const [binding = "", nonce = ""] = withoutProof.split(",");
  const header = binding.startsWith("c=") ? base64Bytes(binding.slice(2)) : null;
  if (header === null) return { wrong: "no channel binding data" };
  if (!nonce.startsWith("r=")) return { wrong: "no nonce" };
  const proof = base64Bytes(text.slice(at + 3));
  if (proof === null) return { wrong: "a proof that is not base64" };
  return { header: header.toString("latin1"), nonce: nonce.slice(2), proof, withoutProof };
}

/** `=2C` is a comma and `=3D` an equals sign; every other use of it is wrong (RFC 5802 section 5.1). */
function unescaped(text: string): string | null {
  if (/=(?!2C|3D)/.test(text)) return null;
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
