/**
 * The conformance suite of the store: the contract in `lib/store/store.ts` and `people.ts`, one test
 * per guarantee. A backend's test calls `conformance`, and then tests what only that backend does.
 *
 * @module
 */
import type { Store } from "../../lib/store/store.ts";
import { accounts } from "./contract/accounts.ts";
import { append } from "./contract/append.ts";
import { changingAccounts } from "./contract/changing_accounts.ts";
import { erasing } from "./contract/erasing.ts";
import { changingRooms } from "./contract/changing_rooms.ts";
import { consent } from "./contract/consent.ts";
import { conversations } from "./contract/conversations.ts";
import { departures } from "./contract/departures.ts";
import { files } from "./contract/files.ts";
import { emoji } from "./contract/emoji.ts";
import { groups } from "./contract/groups.ts";
import { guests } from "./contract/guests.ts";
import { hooks } from "./contract/hooks.ts";
import { ids } from "./contract/ids.ts";
import { invites } from "./contract/invites.ts";
import { moderation } from "./contract/moderation.ts";
import { passkeys } from "./contract/passkeys.ts";
import { personal } from "./contract/personal.ts";
import { previews } from "./contract/previews.ts";
import { profiles } from "./contract/profiles.ts";
import { polls } from "./contract/polls.ts";
import { powers } from "./contract/powers.ts";
import { providerAccounts } from "./contract/provider_accounts.ts";
import { reading } from "./contract/reading.ts";
import { retaining } from "./contract/retaining.ts";
import { rooms } from "./contract/rooms.ts";
import { searching } from "./contract/searching.ts";
import { sessions } from "./contract/sessions.ts";
import { subscriptions } from "./contract/subscriptions.ts";
import { tickets } from "./contract/tickets.ts";
import { unread } from "./contract/unread.ts";
import { type Contract, makeStoreFixture } from "./contract/fixture.ts";

/** Opens a new, empty store, and cleans up after it. */
export interface Fixture {
  readonly store: Store;
  /** Reopens the store after `store` was closed; without it the data ends with the server. */
  open?(): Promise<Store>;
  /** Called after the store was closed. */
  clear(): Promise<void>;
}

const PARTS: Readonly<Record<string, Contract>> = {
  accounts,
  guests,
  hooks,
  ids,
  sessions,
  invites,
  passkeys,
  providerAccounts,
  tickets,
  moderation,
  polls,
  powers,
  rooms,
  changingRooms,
  changingAccounts,
  erasing,
  retaining,
  append,
  reading,
  searching,
  subscriptions,
  files,
  consent,
  conversations,
  departures,
  emoji,
  groups,
  personal,
  previews,
  profiles,
  unread,
};

/**
 * Registers every test of the contract.
 *
 * @param name The backend: the prefix of each test's name.
 * @param open Opens a new, empty store for each test.
 * @param options Options of each test, such as `ignore` for a backend that may be missing.
 */
export function conformance(
  name: string,
  open: () => Promise<Fixture>,
  options: { readonly ignore?: boolean } = {},
): void {
  for (const [part, contract] of Object.entries(PARTS)) {
    for (const [contractTest, prove] of Object.entries(contract)) {
      Deno.test({
        ...options,
        name: `${name}: ${part}: ${contractTest}`,
        async fn() {
          const fixture = await open();
          let { store } = fixture;
          const succeed = async () => {
            if (fixture.open === undefined) return store;
            await store.close();
            return store = await fixture.open();
          };
          try {
            await prove(await makeStoreFixture(store, succeed));
          } finally {
            await store.close();
            await fixture.clear();
          }
        },
      });
    }
  }
}
