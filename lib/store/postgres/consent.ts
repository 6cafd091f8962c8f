import {
  CONSENT,
  countHeld,
  type Held,
  type Invitation,
  type NewInvitation,
  toInvitation,
} from "../consent.ts";
import { int, toRoom } from "../sql/rows.ts";
import type { RoomRecord } from "../records.ts";
import type { Database } from "./database.ts";

/** Invitations to rooms, acquaintance, and per-user counts. */
export class PostgresConsent {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async add({ room, account, inviter, at }: NewInvitation): Promise<boolean> {
    return await this.#finds(CONSENT.add, room, account, inviter, at);
  }

  async of(account: number): Promise<readonly Invitation[]> {
    return (await this.#db.run(CONSENT.of, [account])).map(toInvitation);
  }

  async take(room: number, account: number): Promise<boolean> {
    return await this.#finds(CONSENT.take, room, account);
  }

  async isInvited(room: number, account: number): Promise<boolean> {
    return await this.#finds(CONSENT.isInvited, room, account);
  }

  async areAcquainted(
    one: number,
    other: number,
    except: readonly [number, number],
  ): Promise<boolean> {
    if (await this.#finds(CONSENT.share, one, other, ...except)) return true;
    const pair = [Math.min(one, other), Math.max(one, other)];
    const [direct] = await this.#db.run(CONSENT.conversation, pair);
    if (direct === undefined) return false;
    const id = int(direct, "id");
    return await this.#finds(CONSENT.wrote, id, one) && await this.#finds(CONSENT.wrote, id, other);
  }

  async hasConversation(one: number, other: number): Promise<boolean> {
    return await this.#finds(CONSENT.conversation, Math.min(one, other), Math.max(one, other));
  }

  async abandoned(): Promise<readonly RoomRecord[]> {
    return (await this.#db.run(CONSENT.abandoned)).map(toRoom);
  }

  async held(what: Held, account: number, limit: number): Promise<number> {
    const [row] = await this.#db.run(countHeld(what), [account, limit]);
    return int(row ?? {}, "count");
  }

  async fileBytes(account: number): Promise<number> {
    const [row] = await this.#db.run(CONSENT.fileBytes, [account]);
    return int(row ?? { count: 0 }, "count");
  }

  async #finds(sql: string, ...values: number[]): Promise<boolean> {
    return (await this.#db.run(sql, values)).length > 0;
  }
}
