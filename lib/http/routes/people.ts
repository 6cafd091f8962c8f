/**
 * The routes that list the users, and those with which an owner helps one of them.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts } from "../../auth/accounts.ts";
import { type Power, refuses } from "../../auth/permissions.ts";
import { type Sessions, SIGN_IN_LINK_MS, signInUrl } from "../../auth/sessions.ts";
import type { Commands } from "../../commands/dispatch.ts";
import { namePageOf, partOfList } from "../../chat/replies.ts";
import { isRefusal, type Refusal } from "../../protocol/errors.ts";
import type { ModerationAction, PresenceState } from "../../protocol/frames.ts";
import { foldName } from "../../protocol/names.ts";
import type {
  PeoplePage,
  PersonListing,
  SessionToken,
  SignInLink,
} from "../../protocol/responses.ts";
import { MODERATORS } from "../../protocol/roles.ts";
import { peopleRequest, personRequest } from "../../protocol/schemas/requests.ts";
import type { Account } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import { ownDataOf } from "../../transfer/own_data.ts";
import type { Clock } from "../../util/clock.ts";
import { deleteSessionCookie, setSessionCookie } from "../cookies.ts";
import { problem } from "../problem.ts";
import { deviceLabel } from "./caller.ts";
import { wireUse } from "./person_use.ts";
import { json, noContent, type Route, type SignedInContext, takes } from "./route.ts";

/** The dependencies of `peopleRoutes`. */
export interface PeopleRouteOptions {
  readonly accounts: Accounts;
  readonly commands: Commands;
  readonly sessions: Sessions;
  readonly store: Store;
  readonly clock: Clock;
  /** Whether moderators can make sign-in links for members. */
  readonly moderatorsMakeLinks: boolean;
  /** Whether an account is connected, at any instance. */
  readonly stateOf: (account: Account) => PresenceState;
  /** Called with an account whose sessions have ended: its connections must end. */
  readonly onSignedOut: (account: Account) => void;
  /** Called after a user was erased: what they did in rooms is left to erase. */
  readonly onErased: () => void;
}

/** The delay, in ms, before a second export of the same user. */
const RETRY_MS = 10_000;

const MODERATORS_MAY_NOT: Refusal = {
  code: "forbidden",
  message: "Only owners can do this: see the setting moderator-sign-in-links.",
};

/** Returns the routes under `/api/people`. */
export function peopleRoutes(options: PeopleRouteOptions): readonly Route[] {
  return [
    listRoute(options),
    changeRoute(options),
    eraseRoute(options),
    exportRoute(options),
    ...accessRoutes(options),
  ];
}

function listRoute({ store, stateOf }: PeopleRouteOptions): Route {
  async function list({ url, identity }: SignedInContext): Promise<Response> {
    const query = v.safeParse(peopleRequest, Object.fromEntries(url.searchParams));
    if (!query.success) return problem({ code: "bad_request" });
    const page = namePageOf(query.output);
    const found = await store.listAccounts({ ...page, limit: page.limit + 1 });
    const people = found.slice(0, page.limit);
    const last = people.at(-1);
    const isOwner = identity.account.role === "owner";
    const uses = isOwner ? await store.useOf(people.map(({ id }) => id)) : null;
    return json<PeoplePage>({
      people: people.map((account) => ({
        ...wirePerson(account, stateOf),
        ...wireUse(uses?.get(account.id)),
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

/** Returns the route that changes the name, the role and the state of a user. */
function changeRoute(options: PeopleRouteOptions): Route {
  async function change(
    context: SignedInContext,
    { name, role, active }: v.InferOutput<typeof personRequest>,
  ): Promise<Response> {
    const isOwn = context.params.id === context.identity.account.publicId;
    const powers: readonly Power[] = [
      ...name === undefined || isOwn ? [] : ["rename_user"] as const,
      ...role === undefined ? [] : ["set_role"] as const,
      ...active === undefined ? [] : ["set_active"] as const,
    ];
    const may = await subjectOf(options, context, powers);
    if ("code" in may) return problem(may);
    const { by } = may;
    const { people } = options.commands;
    let person: Account | Refusal = may.subject;
    if (name !== undefined) person = await people.rename(by, person, name);
    if (role !== undefined && !isRefusal(person)) person = await people.setRole(by, person, role);
    if (active !== undefined && !isRefusal(person)) {
      person = await people.setActive(by, person, active);
    }
    if (isRefusal(person)) return problem(person);
    return json<PersonListing>(wirePerson(person, options.stateOf));
  }

  return {
    method: "PATCH",
    path: "/api/people/{id}",
    about:
      "Change a user: the name, by the user or an owner; the role, and whether the user can sign " +
      "in, by an owner",
    answers: { 200: "PersonListing" },
    refuses: ["muted", "name_reserved", "name_taken", "no_such_user"],
    access: "people",
    ...takes(personRequest, change),
  };
}

/** Returns the route that erases a user. */
function eraseRoute(options: PeopleRouteOptions): Route {
  async function erase(context: SignedInContext): Promise<Response> {
    const { identity, params, url } = context;
    const isOwn = params.id === identity.account.publicId;
    const unconfirmed = isOwn
      ? await options.accounts.credentials.refusesUnconfirmed(identity)
      : null;
    if (unconfirmed !== null) return problem(unconfirmed);
    const may = await subjectOf(options, context, isOwn ? [] : ["erase_user"]);
    if ("code" in may) return problem(may);
    const erased = await options.commands.people.erase(may.by, may.subject);
    if (isRefusal(erased)) return problem(erased);
    options.onErased();
    const response = noContent();
    if (isOwn) deleteSessionCookie(response.headers, url);
    return response;
  }

  return {
    method: "DELETE",
    path: "/api/people/{id}",
    about: "Erase a user: by an owner, or by the user",
    answers: { 204: null },
    refuses: ["confirm_first", "no_such_user"],
    access: "people",
    handle: erase,
  };
}

/** Returns the route that exports the data of a user. */
function exportRoute(options: PeopleRouteOptions): Route {
  const { store } = options;
  /** The accounts whose data is being exported: it reads much. */
  const running = new Set<number>();

  async function exportData(context: SignedInContext): Promise<Response> {
    const { identity, params } = context;
    const isOwn = params.id === identity.account.publicId;
    const may = await subjectOf(options, context, isOwn ? [] : ["export_user"]);
    if ("code" in may) return problem(may);
    const { by, subject } = may;
    if (running.has(subject.id)) return problem({ code: "rate_limited", retry_after: RETRY_MS });
    if (!isOwn) await record(options, by, "export", subject);
    running.add(subject.id);
    const data = untilDone(ownDataOf(store, subject), () => running.delete(subject.id));
    return new Response(ReadableStream.from(data), {
      headers: {
        "content-type": "application/zip",
        "content-disposition": `attachment; filename="hubbub-${subject.publicId}.zip"`,
        "cache-control": "no-store",
      },
    });
  }

  return {
    method: "GET",
    path: "/api/people/{id}/export",
    about:
      "Everything that the server holds about a user: lines of JSON and files, in a ZIP archive",
    answers: { 200: "application/zip" },
    refuses: ["no_such_user"],
    access: "people",
    handle: exportData,
  };
}

/** Calls a function once a generator is done, or is read no further. */
async function* untilDone<T>(values: AsyncGenerator<T>, onDone: () => void): AsyncGenerator<T> {
  try {
    yield* values;
  } finally {
    onDone();
  }
}

/** Returns the routes that let a user in again, and that end every way in. */
function accessRoutes(options: PeopleRouteOptions): readonly Route[] {
  const { accounts, sessions, onSignedOut } = options;

  async function createLink(context: SignedInContext): Promise<Response> {
    const { identity: { account: by }, origin } = context;
    if (by.role !== "owner" && !options.moderatorsMakeLinks) return problem(MODERATORS_MAY_NOT);
    const may = await subjectOf(options, context, ["sign_in_link"]);
    if ("code" in may) return problem(may);
    const { subject } = may;
    const { token, expiresAt } = await sessions.createSignInLink(subject, SIGN_IN_LINK_MS);
    await record(options, by, "sign_in_link", subject);
    return json<SignInLink>({ url: signInUrl(origin, token), expires_at: expiresAt }, 201);
  }

  async function endSessions(context: SignedInContext): Promise<Response> {
    const { params, identity } = context;
    if (params.id === identity.account.publicId) return await replaceOwn(context);
    const may = await subjectOf(options, context, ["end_sessions"]);
    if ("code" in may) return problem(may);
    const { subject } = may;
    const { bots } = await options.sessions.endAccess(subject);
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

/** Finds the user of a path, and whether the sender may use powers on them at this moment. */
async function subjectOf(
  { store }: Pick<PeopleRouteOptions, "store">,
  { params: { id = "" }, identity, authorize }: SignedInContext,
  powers: readonly Power[],
): Promise<{ readonly by: Account; readonly subject: Account } | Refusal> {
  // Without the powers, the sender learns nothing about the user.
  const refusal = refusesAll(powers, identity.account);
  if (refusal !== null) return refusal;
  const subject = await store.accountByPublicId(id);
  if (subject === null) return { code: "no_such_user" };
  const still = await authorize();
  if (isRefusal(still)) return still;
  return refusesAll(powers, still.account, subject) ?? { by: still.account, subject };
}

/** Returns why an account may not use all of some powers, or `null`. */
function refusesAll(powers: readonly Power[], by: Account, subject?: Account): Refusal | null {
  for (const power of powers) {
    const refusal = refuses(power, by, { subject });
    if (refusal !== null) return refusal;
  }
  return null;
}

function wirePerson(
  account: Account,
  stateOf: PeopleRouteOptions["stateOf"],
): PersonListing {
  const { name, publicId: id, role, deactivated } = account;
  const online = stateOf(account) !== "offline";
  return { name, id, role, online, ...(deactivated ? { deactivated } : {}) };
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
