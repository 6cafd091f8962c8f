/**
 * The routes that read and post messages, for bots and scripts.
 *
 * @module
 */
import * as v from "valibot";
import { roomTag } from "../../chat/replies.ts";
import type { Commands } from "../../commands/dispatch.ts";
import { messageOf } from "../../commands/messages.ts";
import { wireEvent } from "../../chat/to_wire.ts";
import { readHistory } from "../../chat/history.ts";
import { problem } from "../problem.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { RoomEvent } from "../../protocol/frames.ts";
import type { MessagePage } from "../../protocol/responses.ts";
import {
  keyRequest,
  pageRequest,
  postRequest,
  roomRequest,
} from "../../protocol/schemas/requests.ts";
import type { Store } from "../../store/store.ts";
import { idempotencyKey } from "./commands.ts";
import { json, type Route, type SignedInContext, takes } from "./route.ts";

const PATH = "/api/rooms/{room}/messages";
const BAD_KEY = `Idempotency-Key has 1 to ${LIMITS.key_length} characters.`;
const BAD_PAGE =
  `before, after, around, at and limit are whole numbers; limit is at most ${LIMITS.page_size}, ` +
  "and a request has at most one of the others.";

/** The refusals of a message. */
export const POSTING = [
  ...[
    "blocked",
    "forbidden",
    "hosts_only",
    "limit_reached",
    "muted",
    "no_such_file",
    "no_such_message",
  ] as const,
  ...["no_such_user", "not_a_member", "room_exists", "room_locked", "stale_epoch"] as const,
];

/** Returns the routes under `/api/rooms/{room}/messages`. */
export function messageRoutes(commands: Commands, store: Store): readonly Route[] {
  async function page({ url, params, identity }: SignedInContext): Promise<Response> {
    const query = v.safeParse(pageRequest, Object.fromEntries(url.searchParams));
    if (!query.success) return problem({ code: "bad_request", message: BAD_PAGE });
    const address = v.safeParse(roomRequest, params.room);
    if (!address.success) return problem({ code: "no_such_room" });
    const room = await commands.memberRoom(identity.account, address.output);
    if ("code" in room) return problem(room);
    const page = await readHistory(store, room, query.output, identity.account, query.output.limit);
    const parted = commands.partedFrom(room, identity.account);
    if (parted !== null) return problem(parted);
    return json<MessagePage>({
      ...roomTag(room, identity.account),
      epoch: store.epoch,
      ...page,
    });
  }

  async function post(
    { params, identity, headers }: SignedInContext,
    body: v.InferOutput<typeof postRequest>,
  ): Promise<Response> {
    const address = v.safeParse(roomRequest, params.room);
    if (!address.success) return problem({ code: "no_such_room" });
    const { epoch = store.epoch } = body;
    const key = v.safeParse(keyRequest, body.key ?? idempotencyKey(headers));
    if (!key.success) return problem({ code: "bad_request", message: BAD_KEY });
    if (epoch !== store.epoch) return problem({ code: "stale_epoch" });
    const result = await commands.post(
      identity.account,
      address.output,
      messageOf({ ...body, key: key.output }),
      body.forward,
    );
    if ("code" in result) return problem(result);
    const { room, outcome } = result;
    if ("refused" in outcome) return problem({ code: outcome.refused });
    return json<RoomEvent>(wireEvent(room.record, outcome.event), outcome.repeated ? 200 : 201);
  }

  return [
    {
      method: "GET",
      path: PATH,
      about: "A page of a room's messages, oldest first",
      answers: { 200: "MessagePage" },
      refuses: ["no_such_user", "not_a_member"],
      access: "accounts",
      query: pageRequest,
      handle: page,
    },
    {
      method: "POST",
      path: PATH,
      about: "Post a message; with the key of an earlier one, nothing but find that one",
      // A key that was used for another event finds that one.
      answers: { 200: "RoomEvent", 201: "Message" },
      refuses: POSTING,
      access: "accounts",
      takesKey: true,
      ...takes(postRequest, post),
    },
  ];
}
