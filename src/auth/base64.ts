/**
 * The bytes of a text in standard base64 with padding; null if it is anything else (Buffer.from would pass over what it
 * does not know).
 */
export function base64Bytes(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : null;
}
