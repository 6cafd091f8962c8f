/**
 * How instances know that a notice is one of theirs. Every role of a database may notify and listen
 * on every channel of it, so that each payload is sealed with HMAC-SHA-256 (RFC 2104) under a key
 * that only the owner of the schema can read, over the channel, the instance that sends it, how many
 * it has sent, and its content. The count makes a replayed notice detectable.
 *
 * A payload is `<instance> <count> <seal in hex> <kind> <body>`.
 *
 * Every role can also listen: what was said is encrypted with AES-256-GCM, under a key that is made
 * from the same one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { bytes } from "../sql/rows.ts";
import type { Database } from "./database.ts";

/** The channel on which instances notify each other. */
export const CHANNEL = "hubbub";

/** The random bytes in the key. */
const KEY_BYTES = 32;

/** Bytes in a block of SHA-256, and what the key is combined with for the inner and outer hash. */
const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/** Bytes of the nonce and of the tag of AES-GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A payload with a valid seal. */
export interface Notified {
  readonly from: string;
  readonly count: number;
  readonly kind: string;
  readonly body: string;
}

/** Seals the notices of this instance, and verifies those of others. */
export class Seal {
  readonly #key: Buffer;
  readonly #contentKey: Buffer;
  readonly #self: string;
  #count = 0;

  private constructor(key: Buffer, self: string) {
    this.#key = key;
    this.#contentKey = this.derive("events");
    this.#self = self;
  }

  /** Reads the key; creates it if it is missing. */
  static async open(db: Database, self: string): Promise<Seal> {
    const key = new Uint8Array(BLOCK_BYTES);
    key.set(randomBytes(KEY_BYTES));
    await db.run(
      "INSERT INTO peer_keys (id, ipad, opad) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING",
      [key.map((byte) => byte ^ INNER), key.map((byte) => byte ^ OUTER)],
    );
    const [row] = await db.run("SELECT ipad FROM peer_keys WHERE id = 1");
    const stored = bytes(row ?? {}, "ipad").map((byte) => byte ^ INNER);
    return new Seal(Buffer.from(stored), self);
  }

  /** Reserves counts for notices that the database seals. @returns The first of them. */
  reserve(notices: number): number {
    const first = this.#count + 1;
    this.#count += notices;
    return first;
  }

  /** Seals a payload. @param said A kind, a space and the body. */
  close(said: string): string {
    const head = `${this.#self} ${this.reserve(1)}`;
    return `${head} ${this.#macOf(head, said).toString("hex")} ${said}`;
  }

  /** Returns the content of a payload that an instance has sealed. */
  read(payload: string): Notified | "malformed" | "forged" {
    const parts = /^(([0-9a-f-]{36}) (\d{1,15})) ([0-9a-f]{64}) (([a-z]{1,16}) (.*))$/s
      .exec(payload);
    if (parts === null) return "malformed";
    const [, head = "", from = "", count, mac = "", said = "", kind = "", body = ""] = parts;
    if (!timingSafeEqual(this.#macOf(head, said), Buffer.from(mac, "hex"))) return "forged";
    return { from, count: Number(count), kind, body };
  }

  /** Makes a secret of 32 bytes that only the instances of this database know. */
  derive(purpose: string): Buffer {
    return createHmac("sha256", this.#key).update(`hubbub derives ${purpose}`).digest();
  }

  /** Encrypts a text. */
  encrypt(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#contentKey, nonce);
    const parts = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(parts).toString("base64");
  }

  /** Decrypts what `encrypt` returned, at any instance; `null` if it is something else. */
  decrypt(encrypted: string): string | null {
    const bytes = Buffer.from(encrypted, "base64");
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.#contentKey, nonce);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const start = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([start, decipher.final()]).toString();
    } catch {
      return null;
    }
  }

  #macOf(head: string, said: string): Buffer {
    return createHmac("sha256", this.#key).update(`${CHANNEL} ${head} ${said}`).digest();
  }
}
