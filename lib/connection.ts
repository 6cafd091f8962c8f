/**
 * What the hub keeps of one connection.
 *
 * @module
 */
import type { Member } from "./channel.ts";
import type { Room } from "./room.ts";
import type { Account } from "./store/store.ts";

/** A connection that has been let in: whose it is, and what it follows. */
export class Connection {
  readonly member: Member;
  readonly account: Account;
  /** The session it stands on, if it ends with one. */
  readonly session: string | null;
  /** The rooms it follows. */
  readonly rooms = new Set<Room>();
  /** Whether it is still there. */
  open = true;

  constructor(member: Member, account: Account, session: string | null) {
    this.member = member;
    this.account = account;
    this.session = session;
  }
}
