import type { DatabaseSync } from "node:sqlite";
import { foldName, type Role } from "../../protocol.ts";
import type { Account } from "../store.ts";
import { encodeText } from "../text.ts";
import { accountColumns, textOrNull, toAccount } from "./rows.ts";

/** Accounts and sessions. */
export class People {
  readonly #create;
  readonly #find;
  readonly #password;
  readonly #createSession;
  readonly #findSession;
  readonly #deleteSession;

  constructor(db: DatabaseSync) {
    const columns = accountColumns("a");
    this.#create = db.prepare(
      `INSERT INTO accounts AS a (name, folded, role, password, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (folded) DO NOTHING RETURNING id, name, role`,
    );
    this.#find = db.prepare(`SELECT ${columns} FROM accounts a WHERE folded = ?`);
    this.#password = db.prepare("SELECT password FROM accounts WHERE id = ?");
    this.#createSession = db.prepare(
      "INSERT INTO sessions (hash, account, created_at) VALUES (?, ?, ?)",
    );
    this.#findSession = db.prepare(
      `SELECT ${columns} FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.hash = ?`,
    );
    this.#deleteSession = db.prepare("DELETE FROM sessions WHERE hash = ?");
  }

  create(
    account: { name: string; role: Role; password: string | null; at: number },
  ): Account | null {
    const { name, role, password, at } = account;
    const row = this.#create.get(encodeText(name), fold(name), role, password, at);
    return row === undefined ? null : toAccount(row);
  }

  find(name: string): Account | null {
    const row = this.#find.get(fold(name));
    return row === undefined ? null : toAccount(row);
  }

  passwordOf(account: number): string | null {
    const row = this.#password.get(account);
    return row === undefined ? null : textOrNull(row, "password");
  }

  createSession(session: { hash: string; account: number; at: number }): void {
    this.#createSession.run(session.hash, session.account, session.at);
  }

  findSession(hash: string): Account | null {
    const row = this.#findSession.get(hash);
    return row === undefined ? null : toAccount(row);
  }

  deleteSession(hash: string): void {
    this.#deleteSession.run(hash);
  }
}

function fold(name: string): string {
  return encodeText(foldName(name));
}
