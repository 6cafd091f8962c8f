/**
 * The routes for webhooks: moderators manage them, and programs post to incoming ones.
 *
 * @module
 */
import * as v from "valibot";
import type { Accounts } from "../../auth/accounts.ts";
import type { Commands } from "../../commands/dispatch.ts";
import { NOT_A_ROOM } from "../../commands/context.ts";
import type { Room } from "../../chat/room.ts";
import { readDelivery } from "../../hooks/payload.ts";
import { createSecret, shownSecret } from "../../hooks/signature.ts";
import { isRefusal, type Refusal } from "../../protocol/errors.ts";
import type { ModerationAction } from "../../protocol/frames.ts";
import { MODERATORS } from "../../protocol/roles.ts";
import type { CreatedHook, HookList, HookListing } from "../../protocol/responses.ts";
import { hookRequest, roomRequest } from "../../protocol/schemas/requests.ts";
import type { HookRecord, NewHook } from "../../store/hooks.ts";
import type { Account } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../util/clock.ts";
import { type BodyChunks, readAll } from "../../util/request_body.ts";
import { createPublicId, createToken, hashToken } from "../../util/secrets.ts";
import { problem } from "../problem.ts";
import { POSTING } from "./messages.ts";
import {
  json,
  noContent,
  type Route,
  type RouteContext,
  type SignedInContext,
  takes,
} from "./route.ts";

/** The dependencies of `hookRoutes`. */
export interface HookRouteOptions {
  readonly accounts: Accounts;
  readonly commands: Commands;
  readonly store: Store;
  readonly clock: Clock;
  /** Whether an outgoing hook may have an address; `null` if there may be no outgoing hooks. */
  readonly allowsUrl: ((url: string) => Promise<boolean>) | null;
  /** Called after hooks were added or removed. */
  readonly onChanged: () => Promise<void>;
  /** Makes an outgoing hook deliver again that was paused. */
  readonly resume: (id: string) => Promise<void>;
  /** Called with an account that was retired: its connections must end. */
  readonly onRetired: (account: Account) => void;
}

type HookRequest = v.InferOutput<typeof hookRequest>;
type Incoming = Extract<HookRequest, { kind: "incoming" }>;
type Outgoing = Extract<HookRequest, { kind: "outgoing" }>;

/** Bytes of one delivery: services describe a change in a few hundred kilobytes at most. */
const MAX_DELIVERY_BYTES = 1_048_576;

/** Hooks of a server. Each outgoing one is asked after every event. */
const MAX_HOOKS = 200;

const TOO_MANY: Refusal = {
  code: "limit_reached",
  message: `A server can have ${MAX_HOOKS} webhooks.`,
};
const OUTGOING_OFF: Refusal = {
  code: "forbidden",
  message: "This server sends no outgoing webhooks: see the setting hook-networks.",
};
const PRIVATE_ADDRESS: Refusal = {
  code: "forbidden",
  message: "This address is in a private network that the setting hook-networks does not list.",
};
const NOTHING_TO_SHOW: Refusal = {
  code: "bad_request",
  message: "There is nothing to show in this payload: send a text, or JSON with text or message.",
};

/** Returns the routes under `/api/hooks` and `/hooks`. */
export function hookRoutes(options: HookRouteOptions): readonly Route[] {
  const { accounts, commands, store, clock } = options;

  async function create(
    { identity, authorize, origin }: SignedInContext,
    request: HookRequest,
  ): Promise<Response> {
    if ((await store.hooks()).length >= MAX_HOOKS) return problem(TOO_MANY);
    const plan = request.kind === "incoming"
      ? await planIncoming(identity.account, request)
      : await planOutgoing(identity.account, request);
    if (isRefusal(plan)) return problem(plan);
    // Names may have taken long to resolve.
    const still = await authorize();
    if (isRefusal(still)) return problem(still);
    const bot = await accounts.createHookBot(request.name);
    if (isRefusal(bot)) return problem(bot);
    if (plan.room !== null) await commands.admitTo(bot, plan.room.record);
    const base = { id: createPublicId(), creator: still.account.id, bot: bot.id, at: clock.now() };
    await store.createHook({ ...base, ...plan.hook } as NewHook);
    await record(still.account, "add_webhook", bot, plan.room);
    await options.onChanged();
    const made = (await store.hooks()).find(({ id }) => id === base.id);
    if (made === undefined) return problem({ code: "try_again" });
    const { hook } = plan;
    const secret = hook.kind === "outgoing" ? { secret: shownSecret(hook.secret) } : {};
    const url = plan.token === null ? {} : { url: `${origin}/hooks/${plan.token}` };
    return json<CreatedHook>({ ...await wireHook(made), ...url, ...secret } as CreatedHook, 201);
  }

  async function planIncoming(account: Account, request: Incoming): Promise<HookPlan | Refusal> {
    const room = await commands.visibleRoom(account, request);
    if ("code" in room) return room;
    if (room.isConversation) return NOT_A_ROOM;
    const token = createToken();
    return { token, room, hook: { kind: "incoming", room: room.id, hash: hashToken(token) } };
  }

  async function planOutgoing(account: Account, request: Outgoing): Promise<HookPlan | Refusal> {
    if (options.allowsUrl === null) return OUTGOING_OFF;
    const rooms: number[] = [];
    for (const text of request.rooms ?? []) {
      const address = v.safeParse(roomRequest, text);
      if (!address.success) return { code: "no_such_room" };
      const room = await commands.visibleRoom(account, address.output);
      if ("code" in room) return room;
      if (room.isConversation) return NOT_A_ROOM;
      rooms.push(room.id);
    }
    if (!await options.allowsUrl(request.url)) return PRIVATE_ADDRESS;
    const { url, events = null } = request;
    const scope = { events, rooms: request.rooms === undefined ? null : rooms };
    const hook = { kind: "outgoing", url, secret: createSecret(), ...scope } as const;
    return { token: null, room: null, hook };
  }

  async function list({ identity }: SignedInContext): Promise<Response> {
    const hooks: HookListing[] = [];
    for (const hook of await store.hooks()) {
      if (await isVisible(identity.account, hook)) hooks.push(await wireHook(hook));
    }
    return json<HookList>({ hooks });
  }

  /** Finds a hook that an account may see. */
  async function find(account: Account, id: string | undefined): Promise<HookRecord | null> {
    const hook = (await store.hooks()).find((one) => one.id === id);
    return hook !== undefined && await isVisible(account, hook) ? hook : null;
  }

  /** A moderator who is not in a private room must not learn from its hooks that it exists. */
  async function isVisible(account: Account, hook: HookRecord): Promise<boolean> {
    if (hook.creator.id === account.id) return true;
    if (hook.kind === "incoming") {
      return hook.room.kind === "public" || await commands.isMember(account, hook.room.id);
    }
    for (const id of await store.hookRooms(hook.id)) {
      const room = await store.roomByPublicId(id);
      const isSeen = room?.kind === "public" ||
        room != null && await commands.isMember(account, room.id);
      if (!isSeen) return false;
    }
    return true;
  }

  /** Runs an action on the hook of a path, if the sender may see it. */
  function withHook(act: (hook: HookRecord, by: Account) => Promise<Response> | Response) {
    return async ({ identity, params, authorize }: SignedInContext): Promise<Response> => {
      const hook = await find(identity.account, params.id);
      if (hook === null) return problem({ code: "not_found" });
      const still = await authorize();
      return isRefusal(still) ? problem(still) : await act(hook, still.account);
    };
  }

  async function remove(hook: HookRecord, by: Account): Promise<Response> {
    if (!await store.removeHook(hook.id)) return problem({ code: "not_found" });
    await store.retireAccount(hook.bot.id);
    options.onRetired(hook.bot);
    await record(by, "remove_webhook", hook.bot, null);
    await options.onChanged();
    return noContent();
  }

  async function resume(hook: HookRecord): Promise<Response> {
    if (hook.kind === "incoming") return problem({ code: "bad_request", message: "Not outgoing." });
    await options.resume(hook.id);
    return noContent();
  }

  async function deliver(
    { params, headers }: RouteContext,
    body: BodyChunks,
  ): Promise<Response> {
    const hash = hashToken(params.token ?? "");
    // Looked up first: the body of a stranger is not read.
    const found = await store.hookByToken(hash);
    if (found === null) return problem({ code: "not_found" });
    const wait = commands.count(found.bot);
    if (wait > 0) return problem({ code: "rate_limited", retry_after: wait });
    const bytes = await readAll(body, MAX_DELIVERY_BYTES, clock);
    if (isRefusal(bytes)) return problem(bytes);
    // The hook may have been removed while the body arrived.
    const hook = await store.hookByToken(hash);
    if (hook === null) return problem({ code: "not_found" });
    const message = await readDelivery({ headers, body: await bytes.text() }, hook.bot.name);
    if (message === null) return problem(NOTHING_TO_SHOW);
    const event = { kind: "message", replyTo: null, ...message } as const;
    const posted = await commands.post(hook.bot, { room_id: hook.room.publicId }, event);
    if ("code" in posted) return problem(GONE.has(posted.code) ? { code: "not_found" } : posted);
    if ("refused" in posted.outcome) return problem({ code: posted.outcome.refused });
    return new Response("ok", { headers: { "content-type": "text/plain; charset=utf-8" } });
  }

  async function wireHook(hook: HookRecord): Promise<HookListing> {
    const { id, bot, creator, createdAt } = hook;
    const base = {
      ...{ id, name: bot.name, bot_id: bot.publicId },
      ...{ created_by: creator.name, created_by_id: creator.publicId, created_at: createdAt },
    };
    if (hook.kind === "incoming") {
      return { ...base, kind: "incoming", room: hook.room.name, room_id: hook.room.publicId };
    }
    return {
      ...base,
      kind: "outgoing",
      url: hook.url,
      room_ids: hook.everywhere ? null : await store.hookRooms(id),
      events: hook.events,
      failing_since: hook.failingSince,
      paused_at: hook.pausedAt,
    };
  }

  async function record(
    by: Account,
    action: ModerationAction,
    bot: Account,
    room: Room | null,
  ): Promise<void> {
    await store.recordModeration({
      at: clock.now(),
      ...{ by: by.name, byId: by.publicId, action },
      ...{ subject: bot.name, subjectId: bot.publicId, detail: null },
      ...{ room: room?.record.name ?? null, roomId: room?.record.publicId ?? null },
    });
  }

  const path = "/api/hooks/{id}";
  return [
    {
      method: "GET",
      path: "/api/hooks",
      about: "The webhooks that the user may see",
      answers: { 200: "HookList" },
      access: MODERATORS,
      handle: list,
    },
    {
      method: "POST",
      path: "/api/hooks",
      about: "Create a webhook",
      answers: { 201: "CreatedHook" },
      refuses: ["limit_reached", "name_reserved", "name_taken", "no_such_room", "no_such_user"],
      access: MODERATORS,
      ...takes(hookRequest, create),
    },
    {
      method: "GET",
      path,
      about: "A webhook",
      answers: { 200: "HookListing" },
      refuses: ["not_found"],
      access: MODERATORS,
      handle: withHook(async (hook) => json<HookListing>(await wireHook(hook))),
    },
    {
      method: "DELETE",
      path,
      about: "Remove a webhook and its bot",
      answers: { 204: null },
      refuses: ["not_found"],
      access: MODERATORS,
      handle: withHook(remove),
    },
    {
      method: "POST",
      path: `${path}/resume`,
      about: "Send events again to a receiver for which the server has stopped",
      answers: { 204: null },
      refuses: ["not_found"],
      access: MODERATORS,
      handle: withHook(resume),
    },
    {
      method: "POST",
      path: "/hooks/{token}",
      about: "Deliver to an incoming webhook: a text, or JSON of one of the known services",
      answers: { 200: "text/plain" },
      refuses: ["bad_request", "not_found", "too_long", "too_slow", ...POSTING],
      access: "public",
      body: "stream",
      handle: deliver,
    },
  ];
}

/** What a hook will be, before anything is stored. */
interface HookPlan {
  /** The token of an incoming hook. */
  readonly token: string | null;
  /** The room of an incoming hook. */
  readonly room: Room | null;
  readonly hook:
    | Omit<Extract<NewHook, { kind: "incoming" }>, "id" | "creator" | "bot" | "at">
    | Omit<Extract<NewHook, { kind: "outgoing" }>, "id" | "creator" | "bot" | "at">;
}

/** Refusals that mean that the hook has lost its room. */
const GONE: ReadonlySet<string> = new Set(["no_such_room", "not_a_member"]);
