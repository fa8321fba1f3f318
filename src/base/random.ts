import { randomBytes } from "node:crypto";

/** Where chance comes from. A test passes a seed and gets the same run again. */
export interface Random {
  /** A whole number from 0 to `bound - 1`; `bound` is 1 to 2^32. */
  below(bound: number): number;
}

/** A small, fast generator (xorshift128, Marsaglia 2003): for choices, never for secrets. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    // splitmix32 spreads one number over the four words, so that near seeds give unlike runs.
    let state = seed | 0;
    const word = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.#a = word();
    this.#b = word();
    this.#c = word();
    this.#d = word() | 1;
  }

  below(bound: number): number {
    const t = this.#a ^ (this.#a << 11);
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = this.#d ^ (this.#d >>> 19) ^ t ^ (t >>> 8);
    return Math.floor(((this.#d >>> 0) / 0x1_0000_0000) * bound);
  }
}

/** A generator whose seed nobody knows. */
export function unpredictableRandom(): Random {
  return new SeededRandom(randomBytes(4).readInt32LE());
}

/** Text of 22 characters that nobody can guess: for identifiers that must not be anybody else's. */
export function unguessableText(): string {
  return randomBytes(16).toString("base64url");
}
