/**
 * What every backend must do: the contract in `lib/store/store.ts` and `people.ts`, clause by clause. A backend's
 * test calls `conformance` and then tests what is its own.
 *
 * @module
 */
import type { Store } from "../../lib/store/store.ts";
import { accounts } from "./clauses/accounts.ts";
import { append } from "./clauses/append.ts";
import { files } from "./clauses/files.ts";
import { guests } from "./clauses/guests.ts";
import { invites } from "./clauses/invites.ts";
import { moderation } from "./clauses/moderation.ts";
import { passkeys } from "./clauses/passkeys.ts";
import { reading } from "./clauses/reading.ts";
import { rooms } from "./clauses/rooms.ts";
import { searching } from "./clauses/searching.ts";
import { sessions } from "./clauses/sessions.ts";
import { told } from "./clauses/told.ts";
import { tickets } from "./clauses/tickets.ts";
import { type Clauses, makeWorld } from "./clauses/world.ts";

/** A new, empty store, and how to clear away what it leaves behind. */
export interface Fixture {
  readonly store: Store;
  /** Opens it again, once `store` was closed; without it the store ends with its server. */
  open?(): Promise<Store>;
  /** Called after the store was closed. */
  clear(): Promise<void>;
}

const PARTS: Readonly<Record<string, Clauses>> = {
  accounts,
  guests,
  sessions,
  invites,
  passkeys,
  tickets,
  moderation,
  rooms,
  append,
  reading,
  searching,
  told,
  files,
};

/**
 * Registers a test for each clause.
 *
 * @param name The backend, as the tests' names begin.
 * @param open Makes a new and empty store for each test.
 * @param options Passed on to each test: where a backend may be missing, `ignore`.
 */
export function conformance(
  name: string,
  open: () => Promise<Fixture>,
  options: { readonly ignore?: boolean } = {},
): void {
  for (const [part, clauses] of Object.entries(PARTS)) {
    for (const [clause, prove] of Object.entries(clauses)) {
      Deno.test({
        ...options,
        name: `${name}: ${part}: ${clause}`,
        async fn() {
          const fixture = await open();
          let { store } = fixture;
          const succeed = async () => {
            if (fixture.open === undefined) return store;
            await store.close();
            return store = await fixture.open();
          };
          try {
            await prove(await makeWorld(store, succeed));
          } finally {
            await store.close();
            await fixture.clear();
          }
        },
      });
    }
  }
}
