/**
 * The route that lists the users.
 *
 * @module
 */
import * as v from "valibot";
import { namePageOf, partOfList } from "../../chat/replies.ts";
import type { PresenceState } from "../../protocol/frames.ts";
import { foldName } from "../../protocol/names.ts";
import type { PeoplePage } from "../../protocol/responses.ts";
import { peopleRequest } from "../../protocol/schemas/requests.ts";
import type { Account } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import { problem } from "../problem.ts";
import { json, type Route, type SignedInContext } from "./route.ts";

/** The dependencies of `peopleRoutes`. */
export interface PeopleRouteOptions {
  readonly store: Pick<Store, "listAccounts">;
  /** Whether an account is connected, at any instance. */
  readonly stateOf: (account: Account) => PresenceState;
}

/** Returns the route under `/api/people`. */
export function peopleRoutes({ store, stateOf }: PeopleRouteOptions): readonly Route[] {
  async function list({ url }: SignedInContext): Promise<Response> {
    const query = v.safeParse(peopleRequest, Object.fromEntries(url.searchParams));
    if (!query.success) return problem({ code: "bad_request" });
    const page = namePageOf(query.output);
    const found = await store.listAccounts({ ...page, limit: page.limit + 1 });
    const people = found.slice(0, page.limit);
    const last = people.at(-1);
    return json<PeoplePage>({
      people: people.map((account) => ({
        name: account.name,
        id: account.publicId,
        role: account.role,
        online: stateOf(account) !== "offline",
      })),
      ...partOfList(found.length > page.limit, last && foldName(last.name)),
    });
  }

  return [
    {
      method: "GET",
      path: "/api/people",
      about: "A page of the users, bots and current guests, by name",
      answers: { 200: "PeoplePage" },
      access: "accounts",
      query: peopleRequest,
      handle: list,
    },
  ];
}
