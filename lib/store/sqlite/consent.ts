import type { DatabaseSync } from "node:sqlite";
import {
  CONSENT,
  countHeld,
  type Held,
  type Invitation,
  type NewInvitation,
  toInvitation,
} from "../consent.ts";
import { int, toRoom } from "../sql/rows.ts";
import { numbered } from "./numbered.ts";
import type { RoomRecord } from "../records.ts";

const HELD: readonly Held[] = [
  ...["rooms", "memberships", "blocks", "invitations", "links"] as const,
  ...["saved", "scheduled", "reminders"] as const,
];

/** Invitations to rooms, acquaintance, and per-user counts. */
export class SqliteConsent {
  readonly #statements;
  readonly #held;

  constructor(db: DatabaseSync) {
    const prepare = (sql: string) => numbered(db, sql);
    this.#statements = {
      add: prepare(CONSENT.add),
      of: prepare(CONSENT.of),
      take: prepare(CONSENT.take),
      isInvited: prepare(CONSENT.isInvited),
      share: prepare(CONSENT.share),
      conversation: prepare(CONSENT.conversation),
      wrote: prepare(CONSENT.wrote),
      abandoned: prepare(CONSENT.abandoned),
      fileBytes: prepare(CONSENT.fileBytes),
    };
    this.#held = new Map(HELD.map((what) => [what, prepare(countHeld(what))]));
  }

  add({ room, account, inviter, at }: NewInvitation): boolean {
    return this.#statements.add.get(room, account, inviter, at) !== undefined;
  }

  of(account: number): readonly Invitation[] {
    return this.#statements.of.all(account).map(toInvitation);
  }

  take(room: number, account: number): boolean {
    return this.#statements.take.get(room, account) !== undefined;
  }

  isInvited(room: number, account: number): boolean {
    return this.#statements.isInvited.get(room, account) !== undefined;
  }

  areAcquainted(one: number, other: number, except: readonly [number, number]): boolean {
    const { share, conversation, wrote } = this.#statements;
    if (share.get(one, other, ...except) !== undefined) return true;
    const direct = conversation.get(Math.min(one, other), Math.max(one, other));
    if (direct === undefined) return false;
    const id = int(direct, "id");
    return [one, other].every((account) => wrote.get(id, account) !== undefined);
  }

  hasConversation(one: number, other: number): boolean {
    const pair = [Math.min(one, other), Math.max(one, other)] as const;
    return this.#statements.conversation.get(...pair) !== undefined;
  }

  abandoned(): readonly RoomRecord[] {
    return this.#statements.abandoned.all().map(toRoom);
  }

  held(what: Held, account: number, limit: number): number {
    return int(this.#held.get(what)?.get(account, limit) ?? {}, "count");
  }

  fileBytes(account: number): number {
    return int(this.#statements.fileBytes.get(account) ?? { count: 0 }, "count");
  }
}
