/**
 * Invitations and bots: who else gets in.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts } from "../accounts.ts";
import type { Commands } from "../commands.ts";
import { isRefusal, problem } from "../problem.ts";
import { botRequest, inviteRequest } from "../schemas/requests.ts";
import type { InviteRecord } from "../store/people.ts";
import type { Account, Store } from "../store/store.ts";
import {
  isRefused,
  json,
  MODERATORS,
  noContent,
  OWNERS,
  readBody,
  type Route,
  type SignedInContext,
} from "./route.ts";

/** What these routes need. */
export interface InviteRouteOptions {
  readonly accounts: Accounts;
  readonly commands: Commands;
  readonly store: Store;
  readonly now: () => number;
  /** Ends everything that stands on an account. */
  readonly onRetired: (account: Account) => void;
}

/** The routes under `/api/invites` and `/api/bots`. */
export function inviteRoutes(options: InviteRouteOptions): readonly Route[] {
  const { accounts, commands, store, now } = options;

  async function invite({ request, who, origin }: SignedInContext): Promise<Response> {
    const read = await readBody(request, inviteRequest);
    if (isRefused(read)) return problem(read.refused);
    const { room: name, hours, uses } = read.body;
    const room = name === undefined ? null : await commands.memberRoom(who.account, name);
    if (room !== null && "code" in room) return problem(room);
    const made = { creator: who.account, role: "member", room: room?.id ?? null } as const;
    const { invite, token } = await accounts.invite({ ...made, hours, uses });
    return json({ ...listed(invite), token, url: inviteUrl(origin, token) }, 201);
  }

  async function createBot({ request }: SignedInContext): Promise<Response> {
    const read = await readBody(request, botRequest);
    if (isRefused(read)) return problem(read.refused);
    const made = await accounts.createBot(read.body.name);
    if (isRefusal(made)) return problem(made);
    return json({ name: made.account.name, token: made.token }, 201);
  }

  async function retireBot({ params }: SignedInContext): Promise<Response> {
    const account = await store.findAccount(params.name ?? "");
    if (account?.role !== "bot") return problem({ code: "no_such_user" });
    await store.retireAccount(account.id);
    options.onRetired(account);
    return noContent();
  }

  return [
    {
      method: "GET",
      path: "/api/invites",
      for: MODERATORS,
      handle: async () => json({ invites: (await store.invites(now())).map(listed) }),
    },
    { method: "POST", path: "/api/invites", for: MODERATORS, handle: invite },
    {
      method: "DELETE",
      path: "/api/invites/{id}",
      for: MODERATORS,
      handle: async ({ params }) => {
        const id = v.safeParse(v.pipe(v.string(), v.regex(/^\d{1,15}$/)), params.id);
        const revoked = id.success && await store.revokeInvite(Number(id.output));
        return revoked ? noContent() : problem({ code: "not_found" });
      },
    },
    {
      method: "GET",
      path: "/api/bots",
      for: OWNERS,
      handle: async () =>
        json({ bots: (await store.accountsOf("bot")).map(({ name }) => ({ name })) }),
    },
    { method: "POST", path: "/api/bots", for: OWNERS, handle: createBot },
    { method: "DELETE", path: "/api/bots/{name}", for: OWNERS, handle: retireBot },
  ];
}

/** The link of an invitation. The secret stands behind the `#`: browsers do not send that. */
export function inviteUrl(origin: string, token: string): string {
  return `${origin}/#invite=${token}`;
}

function listed(invite: InviteRecord) {
  return {
    id: invite.id,
    created_by: invite.creator?.name ?? null,
    created_at: invite.createdAt,
    expires_at: invite.expiresAt,
    uses_left: invite.usesLeft,
  };
}
