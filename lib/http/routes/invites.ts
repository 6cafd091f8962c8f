/**
 * The routes for invitations and bots.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts } from "../../auth/accounts.ts";
import type { Commands } from "../../commands/dispatch.ts";
import { problem } from "../problem.ts";
import { isRefusal } from "../../protocol/errors.ts";
import { NOT_A_ROOM } from "../../commands/context.ts";
import { mayGrant } from "../../auth/permissions.ts";
import { MODERATORS, OWNERS } from "../../protocol/roles.ts";
import type { Quotas } from "../../auth/quotas.ts";
import type { BotList, CreatedBot, CreatedInvite, InviteList } from "../../protocol/responses.ts";
import { botRequest, inviteRequest } from "../../protocol/schemas/requests.ts";
import type { InviteRecord } from "../../store/people.ts";
import type { Store } from "../../store/store.ts";
import type { Account } from "../../store/records.ts";
import { json, noContent, type Route, type SignedInContext, takes } from "./route.ts";

/** The dependencies of `inviteRoutes`. */
export interface InviteRouteOptions {
  readonly accounts: Accounts;
  readonly commands: Commands;
  readonly store: Store;
  readonly quotas: Pick<Quotas, "refusesMore">;
  readonly now: () => number;
  /** The origin of a link for another machine: see `originForOthers`. */
  readonly originForOthers: (origin: string) => string;
  /** Called with an account that was retired: its sessions and connections must end. */
  readonly onRetired: (account: Account) => void;
}

/** Returns the routes under `/api/invites` and `/api/bots`. */
export function inviteRoutes(options: InviteRouteOptions): readonly Route[] {
  const { accounts, commands, store, now } = options;

  async function invite(
    { identity, origin }: SignedInContext,
    { room: name, room_id, hours, uses }: v.InferOutput<typeof inviteRequest>,
  ): Promise<Response> {
    const room = name === undefined && room_id === undefined
      ? null
      : await commands.memberRoom(identity.account, { room: name, room_id });
    if (room !== null && "code" in room) return problem(room);
    if (room?.isConversation) return problem(NOT_A_ROOM);
    const refusal = await options.quotas.refusesMore("links_per_user", identity.account);
    if (refusal !== null) return problem(refusal);
    const made = await accounts.invite(identity.account, { room: room?.id ?? null, hours, uses });
    if (isRefusal(made)) return problem(made);
    const { invite, token } = made;
    return json<CreatedInvite>(
      { ...wireInvite(invite), token, url: inviteUrl(options.originForOthers(origin), token) },
      201,
    );
  }

  /** Lists the invitations that an account may see: none that grants more than the account may grant. */
  async function grantable(account: Account): Promise<readonly InviteRecord[]> {
    const invites = await store.invites(now());
    const seen = await Promise.all(invites.map((invite) => isGrantable(account, invite)));
    return invites.filter((_, i) => seen[i]);
  }

  async function isGrantable(account: Account, invite: InviteRecord): Promise<boolean> {
    if (mayGrant(account, invite, false)) return true;
    return invite.room !== null && mayGrant(account, invite, true) &&
      await commands.isMember(account, invite.room);
  }

  async function revoke({ params, authorize }: SignedInContext): Promise<Response> {
    const id = v.safeParse(v.pipe(v.string(), v.regex(/^\d{1,15}$/)), params.id);
    const invite = id.success ? await store.inviteById(Number(id.output)) : null;
    const identity = await authorize();
    if (isRefusal(identity)) return problem(identity);
    // An invitation that the list does not show is not found here either.
    const seen = invite !== null && await isGrantable(identity.account, invite);
    const revoked = seen && await store.revokeInvite(invite.id);
    return revoked ? noContent() : problem({ code: "not_found" });
  }

  async function createBot(
    { identity }: SignedInContext,
    request: v.InferOutput<typeof botRequest>,
  ): Promise<Response> {
    const made = await accounts.createBot(identity.account, request.name);
    if (isRefusal(made)) return problem(made);
    const { account: { name, publicId: id }, token } = made;
    return json<CreatedBot>({ name, id, token }, 201);
  }

  async function retireBot({ params, authorize }: SignedInContext): Promise<Response> {
    const { name = "" } = params;
    const account = name.startsWith("id:")
      ? await store.accountByPublicId(name.slice(3))
      : await store.findAccount(name);
    if (account?.role !== "bot") return problem({ code: "no_such_user" });
    const still = await authorize();
    if (isRefusal(still)) return problem(still);
    await store.retireAccount(account.id);
    options.onRetired(account);
    return noContent();
  }

  return [
    {
      method: "GET",
      path: "/api/invites",
      about: "The invitations that the user may see",
      answers: { 200: "InviteList" },
      access: MODERATORS,
      handle: async ({ identity }) =>
        json<InviteList>({ invites: (await grantable(identity.account)).map(wireInvite) }),
    },
    {
      method: "POST",
      path: "/api/invites",
      about: "Create an invitation",
      answers: { 201: "CreatedInvite" },
      refuses: ["limit_reached", "no_such_room", "not_a_member"],
      access: MODERATORS,
      ...takes(inviteRequest, invite),
    },
    {
      method: "DELETE",
      path: "/api/invites/{id}",
      about: "Revoke an invitation",
      answers: { 204: null },
      refuses: ["not_found"],
      access: MODERATORS,
      handle: revoke,
    },
    {
      method: "GET",
      path: "/api/bots",
      about: "The bots",
      answers: { 200: "BotList" },
      access: OWNERS,
      handle: async () =>
        json<BotList>({
          bots: (await store.accountsOf("bot")).map(({ name, publicId: id }) => ({ name, id })),
        }),
    },
    {
      method: "POST",
      path: "/api/bots",
      about: "Create a bot",
      answers: { 201: "CreatedBot" },
      refuses: ["name_reserved", "name_taken"],
      access: OWNERS,
      ...takes(botRequest, createBot),
    },
    {
      method: "DELETE",
      path: "/api/bots/{name}",
      about: "Delete a bot, by its name or id:ID",
      answers: { 204: null },
      refuses: ["no_such_user"],
      access: OWNERS,
      handle: retireBot,
    },
  ];
}

/** Returns the link of an invitation. The secret follows the `#`, which browsers do not send. */
export function inviteUrl(origin: string, token: string): string {
  return `${origin}/#invite=${token}`;
}

function wireInvite(invite: InviteRecord) {
  return {
    id: invite.id,
    created_by: invite.creator?.name ?? null,
    created_by_id: invite.creator?.publicId ?? null,
    created_at: invite.createdAt,
    expires_at: invite.expiresAt,
    uses_left: invite.usesLeft,
  };
}
