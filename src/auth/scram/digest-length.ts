import type { ScramDigest } from "./mechanism.ts";

/** Bytes that a digest gives. */
export function digestLength(digest: ScramDigest): number {
  switch (digest) {
    case "sha1":
      return 20;
    case "sha256":
      return 32;
    case "sha512":
      return 64;
  }
}
