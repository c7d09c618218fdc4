/**
 * bcrypt, for RandomPassword's `bcryptHash`: Node has none. Blowfish's tables are the digits of pi, so they are
 * computed rather than carried around.
 */
import { randomBytes } from "node:crypto";

const ROUNDS = 16;
const P_WORDS = ROUNDS + 2;
const S_WORDS = 4 * 256;
const MAX_PASSWORD_BYTES = 72;
const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

let digits: Int32Array | undefined;

/** The fraction of pi in 32-bit words (Machin's formula in fixed point). */
function piWords(): Int32Array {
  if (digits) return digits;
  const words = P_WORDS + S_WORDS;
  const guard = 64n;
  const bits = BigInt(words * 32) + guard;
  const arctan = (inverse: bigint) => {
    let power = (1n << bits) / inverse;
    let sum = power;
    for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
      power /= inverse * inverse;
      sum += (sign * power) / n;
    }
    return sum;
  };
  const fraction = BigInt.asUintN(Number(bits), 4n * (4n * arctan(5n) - arctan(239n))) >> guard;
  const hex = fraction.toString(16).padStart(words * 8, "0");
  digits = Int32Array.from(
    { length: words },
    (_, index) => Number.parseInt(hex.slice(index * 8, index * 8 + 8), 16) | 0,
  );
  return digits;
}

/** Blowfish's key schedule state. */
class Blowfish {
  readonly #p: Int32Array;
  readonly #s: Int32Array;

  constructor() {
    const words = piWords();
    this.#p = words.slice(0, P_WORDS);
    this.#s = words.slice(P_WORDS);
  }

  /** Encrypts the pair of words at `at`, in place. */
  encrypt(block: Int32Array, at: number): void {
    const p = this.#p;
    const s = this.#s;
    let left = (block[at] as number) ^ (p[0] as number);
    let right = block[at + 1] as number;
    for (let round = 1; round <= ROUNDS; round += 2) {
      right ^= feistel(s, left) ^ (p[round] as number);
      left ^= feistel(s, right) ^ (p[round + 1] as number);
    }
    block[at] = right ^ (p[P_WORDS - 1] as number);
    block[at + 1] = left;
  }

  /** Mixes a key in; the salt's words, if any, are mixed into the chain as well. */
  expand(key: Uint8Array, salt: Int32Array): void {
    for (let index = 0, offset = 0; index < P_WORDS; index++) {
      let word = 0;
      for (let byte = 0; byte < 4; byte++, offset++)
        word = (word << 8) | (key[offset % key.length] as number);
      this.#p[index] = (this.#p[index] as number) ^ word;
    }
    const chain = new Int32Array(2);
    let step = 0;
    for (const table of [this.#p, this.#s]) {
      for (let index = 0; index < table.length; index += 2, step += 2) {
        chain[0] = (chain[0] as number) ^ (salt[step % 4] as number);
        chain[1] = (chain[1] as number) ^ (salt[(step + 1) % 4] as number);
        this.encrypt(chain, 0);
        table[index] = chain[0] as number;
        table[index + 1] = chain[1] as number;
      }
    }
  }
}

function feistel(s: Int32Array, x: number): number {
  const sum = (s[x >>> 24] as number) + (s[256 + ((x >>> 16) & 255)] as number);
  return ((sum ^ (s[512 + ((x >>> 8) & 255)] as number)) + (s[768 + (x & 255)] as number)) | 0;
}

/** bcrypt's own base64: another alphabet, no padding. */
function encode64(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.match(/.{1,6}/g) ?? [])
    .map((six) => ALPHABET[Number.parseInt(six.padEnd(6, "0"), 2)])
    .join("");
}

function words(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.byteLength / 4 }, (_, index) => view.getInt32(index * 4));
}

/** The `$2a$` hash of the password's first 72 bytes, with 2^cost rounds. */
export function bcrypt(password: string, cost = 10, salt: Uint8Array = randomBytes(16)): string {
  const key = new Uint8Array([...Buffer.from(password), 0]).slice(0, MAX_PASSWORD_BYTES);
  const none = new Int32Array(4);
  const cipher = new Blowfish();
  cipher.expand(key, words(salt));
  for (let round = 0; round < 2 ** cost; round++) {
    cipher.expand(key, none);
    cipher.expand(salt, none);
  }
  const text = words(Buffer.from("OrpheanBeholderScryDoubt"));
  for (let at = 0; at < text.length; at += 2)
    for (let round = 0; round < 64; round++) cipher.encrypt(text, at);
  const hash = new Uint8Array(24);
  text.forEach((word, index) => {
    new DataView(hash.buffer).setInt32(index * 4, word);
  });
  return `$2a$${String(cost).padStart(2, "0")}$${encode64(salt)}${encode64(hash.slice(0, 23))}`;
}
