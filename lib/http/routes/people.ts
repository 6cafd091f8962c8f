/**
 * The routes that list the users, and those with which an owner helps one of them.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts } from "../../auth/accounts.ts";
import { type Power, refuses } from "../../auth/permissions.ts";
import { type Sessions, SIGN_IN_LINK_MS, signInUrl } from "../../auth/sessions.ts";
import { namePageOf, partOfList } from "../../chat/replies.ts";
import { isRefusal, type Refusal } from "../../protocol/errors.ts";
import type { ModerationAction, PresenceState } from "../../protocol/frames.ts";
import { foldName } from "../../protocol/names.ts";
import type { PeoplePage, SessionToken, SignInLink } from "../../protocol/responses.ts";
import { MODERATORS } from "../../protocol/roles.ts";
import { peopleRequest } from "../../protocol/schemas/requests.ts";
import type { Account } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../util/clock.ts";
import { setSessionCookie } from "../cookies.ts";
import { problem } from "../problem.ts";
import { deviceLabel } from "./caller.ts";
import { json, noContent, type Route, type SignedInContext } from "./route.ts";

/** The dependencies of `peopleRoutes`. */
export interface PeopleRouteOptions {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly store: Store;
  readonly clock: Clock;
  /** Whether moderators can make sign-in links for members. */
  readonly moderatorsMakeLinks: boolean;
  /** Whether an account is connected, at any instance. */
  readonly stateOf: (account: Account) => PresenceState;
  /** Called with an account whose sessions have ended: its connections must end. */
  readonly onSignedOut: (account: Account) => void;
}

const MODERATORS_MAY_NOT: Refusal = {
  code: "forbidden",
  message: "Only owners can do this: see the setting moderator-sign-in-links.",
};

/** Returns the routes under `/api/people`. */
export function peopleRoutes(options: PeopleRouteOptions): readonly Route[] {
  return [listRoute(options), ...accessRoutes(options)];
}

function listRoute({ store, stateOf }: PeopleRouteOptions): Route {
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

  return {
    method: "GET",
    path: "/api/people",
    about: "A page of the users, bots and current guests, by name",
    answers: { 200: "PeoplePage" },
    access: "accounts",
    query: peopleRequest,
    handle: list,
  };
}

/** Returns the routes that let a user in again, and that end every way in. */
function accessRoutes(options: PeopleRouteOptions): readonly Route[] {
  const { accounts, sessions, onSignedOut } = options;

  async function createLink(context: SignedInContext): Promise<Response> {
    const { identity: { account: by }, origin } = context;
    if (by.role !== "owner" && !options.moderatorsMakeLinks) return problem(MODERATORS_MAY_NOT);
    const subject = await subjectOf(options, context, "sign_in_link");
    if ("code" in subject) return problem(subject);
    const { token, expiresAt } = await sessions.createSignInLink(subject, SIGN_IN_LINK_MS);
    await record(options, by, "sign_in_link", subject);
    return json<SignInLink>({ url: signInUrl(origin, token), expires_at: expiresAt }, 201);
  }

  async function endSessions(context: SignedInContext): Promise<Response> {
    const { params, identity } = context;
    if (params.id === identity.account.publicId) return await replaceOwn(context);
    const subject = await subjectOf(options, context, "end_sessions");
    if ("code" in subject) return problem(subject);
    const { bots } = await options.store.endAccess(subject.id);
    for (const account of [subject, ...bots]) onSignedOut(account);
    await record(options, identity.account, "end_sessions", subject);
    return noContent();
  }

  /** The user gets one new session: without it the account would be lost. */
  async function replaceOwn({ identity, headers, url }: SignedInContext): Promise<Response> {
    const refusal = await accounts.credentials.refusesUnconfirmed(identity);
    if (refusal !== null) return problem(refusal);
    const { token, bots } = await sessions.replaceAll(identity, deviceLabel(headers));
    for (const account of [identity.account, ...bots]) onSignedOut(account);
    const response = json<SessionToken>({ token });
    setSessionCookie(response.headers, url, token);
    return response;
  }

  return [
    {
      method: "POST",
      path: "/api/people/{id}/sign-in-link",
      about: "A link that signs a user in, once, within a day",
      answers: { 201: "SignInLink" },
      refuses: ["no_such_user"],
      access: MODERATORS,
      handle: createLink,
    },
    {
      method: "DELETE",
      path: "/api/people/{id}/sessions",
      about:
        "End everything that signs a user in: sessions, passkeys, the password, links, and the " +
        "tokens of bots. A user who does this to themselves gets one new session",
      answers: { 200: "SessionToken", 204: null },
      refuses: ["confirm_first", "no_such_user"],
      access: "people",
      handle: endSessions,
    },
  ];
}

/** Finds the user of a path, and whether the sender may use a power on them at this moment. */
async function subjectOf(
  { store }: Pick<PeopleRouteOptions, "store">,
  { params: { id = "" }, identity, authorize }: SignedInContext,
  power: Power,
): Promise<Account | Refusal> {
  // Without the power, the sender learns nothing about the user.
  const refusal = refuses(power, identity.account);
  if (refusal !== null) return refusal;
  const found = await store.accountByPublicId(id);
  if (found === null) return { code: "no_such_user" };
  const still = await authorize();
  if (isRefusal(still)) return still;
  return refuses(power, still.account, { subject: found }) ?? found;
}

/** Records the use of a power. */
async function record(
  { store, clock }: Pick<PeopleRouteOptions, "store" | "clock">,
  by: Account,
  action: ModerationAction,
  { name: subject, publicId: subjectId }: Account,
): Promise<void> {
  const at = clock.now();
  const entry = { at, by: by.name, byId: by.publicId, action, subject, subjectId };
  await store.recordModeration({ ...entry, room: null, roomId: null, detail: null });
}
