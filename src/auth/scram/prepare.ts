// The prohibited characters of RFC 4013 section 2.3. Unassigned code points (2.5) are allowed, as in a query string:
// which ones are unassigned changes with every edition of Unicode, and a password of yesterday must work tomorrow.
const prohibited = new RegExp(
  "[" +
    "\\u0000-\\u001f\\u007f-\\u009f\\u06dd\\u070f\\u180e\\u2028\\u2029\\u{1d173}-\\u{1d17a}" + // C.2.1, C.2.2
    "\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}" + // C.3, C.5, C.4
    "\\ufff9-\\uffff" + // C.6
    "\\u2ff0-\\u2ffb" + // C.7
    "\\u0340\\u0341\\u200e\\u200f\\u202a-\\u202e\\u206a-\\u206f" + // C.8
    "\\u{e0001}\\u{e0020}-\\u{e007f}" + // C.9
    "]",
  "u",
);

/** Mapped to nothing: RFC 3454 table B.1. */
const mappedToNothing = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

/** Mapped to a space: RFC 3454 table C.1.2. */
const spaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;

const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;
const leftToRight = /(?![\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}])\p{L}/u;

/**
 * SASLprep (RFC 4013): gives two ways to type one name or password the same bytes. Null for a text that is empty or has
 * characters which are not allowed in one.
 */
export function prepared(text: string): string | null {
  // Nearly all names are this plain.
  if (/^[\u0020-\u007e]+$/.test(text)) return text;
  const normal = text.replace(mappedToNothing, "").replace(spaces, " ").normalize("NFKC");
  if (normal === "" || prohibited.test(normal)) return null;
  // RFC 3454 section 6: text that runs to the left begins and ends so, and has nothing that runs to the right.
  if (!rightToLeft.test(normal)) return normal;
  const letters = Array.from(normal);
  const framed = rightToLeft.test(letters[0] ?? "") && rightToLeft.test(letters.at(-1) ?? "");
  return framed && !leftToRight.test(normal) ? normal : null;
}
