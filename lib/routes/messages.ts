/**
 * History and posting, for bots and scripts.
 *
 * @module
 */
import * as v from "valibot";
import type { Commands } from "../commands.ts";
import { messageOf } from "../commands/messages.ts";
import { wireEvent } from "../events.ts";
import { readHistory } from "../history.ts";
import { problem } from "../problem.ts";
import { LIMITS } from "../protocol.ts";
import { pageRequest, postRequest, roomRequest } from "../schemas/requests.ts";
import type { Store } from "../store/store.ts";
import { isRefused, json, readBody, type Route, type SignedInContext } from "./route.ts";

const PATH = "/api/rooms/{room}/messages";
const BAD_PAGE =
  `before, after, around and limit are whole numbers; limit is at most ${LIMITS.page_size}, ` +
  "and at most one of the others is given.";

/** The routes under `/api/rooms`. */
export function messageRoutes(commands: Commands, store: Store): readonly Route[] {
  async function page({ url, params, who }: SignedInContext): Promise<Response> {
    const query = v.safeParse(pageRequest, Object.fromEntries(url.searchParams));
    if (!query.success) return problem({ code: "bad_request", message: BAD_PAGE });
    if (!v.is(roomRequest, params.room)) return problem({ code: "no_such_room" });
    const room = await commands.memberRoom(who.account, params.room);
    if ("code" in room) return problem(room);
    const page = await readHistory(store, room, query.output, query.output.limit);
    const parted = commands.partedFrom(room, who.account);
    if (parted !== null) return problem(parted);
    return json({
      room: room.nameFor(who.account),
      epoch: store.epoch,
      ...page,
    });
  }

  async function post({ request, params, who }: SignedInContext): Promise<Response> {
    if (!v.is(roomRequest, params.room)) return problem({ code: "no_such_room" });
    const read = await readBody(request, postRequest);
    if (isRefused(read)) return problem(read.refused);
    const result = await commands.post(who.account, params.room, messageOf(read.body));
    if ("code" in result) return problem(result);
    const { room, outcome } = result;
    if ("refused" in outcome) return problem({ code: outcome.refused });
    return json(wireEvent(room.record, outcome.event), outcome.repeated ? 200 : 201);
  }

  return [
    { method: "GET", path: PATH, for: "people", handle: page },
    { method: "POST", path: PATH, for: "people", handle: post },
  ];
}
