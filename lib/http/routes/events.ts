/**
 * The route that reads a room's log: as a stream of server-sent events, or one page as JSON.
 *
 * @module
 */
import { accepts } from "@std/http/negotiation";
import * as v from "valibot";
import { roomTag } from "../../chat/replies.ts";
import { wireEvent } from "../../chat/to_wire.ts";
import type { Commands } from "../../commands/dispatch.ts";
import type { ConnectionLimiter } from "../connection_limiter.ts";
import { problem } from "../problem.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { EventPage } from "../../protocol/responses.ts";
import { eventsRequest, roomRequest } from "../../protocol/schemas/requests.ts";
import type { RoomAddress } from "../../protocol/address.ts";
import type { Store } from "../../store/store.ts";
import { senderOf } from "./commands.ts";
import { json, type Route, type SignedInContext } from "./route.ts";

/** The dependencies of `eventRoutes`. */
export interface EventRouteOptions {
  readonly commands: Commands;
  readonly store: Store;
  /** Counts streams together with the sockets of their addresses. */
  readonly connectionLimiter: Pick<ConnectionLimiter, "acquire" | "release">;
  /** Whether the server accepts new connections now. */
  readonly acceptsConnections: () => boolean;
}

type EventsQuery = v.InferOutput<typeof eventsRequest>;

const BAD_POSITION = "after is a whole number, or the word end; limit is a number up to " +
  `${LIMITS.page_size}.`;

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // nginx would collect the events until its buffer is full.
  "x-accel-buffering": "no",
};

/** Returns the route of a room's events. */
export function eventRoutes(options: EventRouteOptions): readonly Route[] {
  const { commands, store, connectionLimiter, acceptsConnections } = options;

  async function read(context: SignedInContext): Promise<Response> {
    const { url, headers, params } = context;
    const query = v.safeParse(eventsRequest, {
      ...Object.fromEntries(url.searchParams),
      // A browser that reconnects sends it, with the `after` of the first request still in the URL.
      ...(headers.has("last-event-id") ? { after: headers.get("last-event-id") } : {}),
    });
    if (!query.success) return problem({ code: "bad_request", message: BAD_POSITION });
    const address = v.safeParse(roomRequest, params.room);
    if (!address.success) return problem({ code: "no_such_room" });
    const { epoch = store.epoch } = query.output;
    if (epoch !== store.epoch) return problem({ code: "stale_epoch" });
    const isPage = accepts({ headers }, "text/event-stream", "application/json") ===
      "application/json";
    return isPage
      ? await page(context, address.output, query.output)
      : await stream(context, address.output, query.output);
  }

  async function page(
    { identity: { account } }: SignedInContext,
    address: RoomAddress,
    { after = 0, limit = LIMITS.page_size }: EventsQuery,
  ): Promise<Response> {
    const room = await commands.memberRoom(account, address);
    if ("code" in room) return problem(room);
    const { seq: end } = await store.roomById(room.id);
    const from = after === "end" ? end : after;
    if (from > end) return problem({ code: "stale_epoch" });
    const seq = Math.min(from + limit, end);
    const bounds = { limit, maxLength: Number.MAX_SAFE_INTEGER };
    const events = await store.replay(room.id, from, seq, bounds) ?? [];
    const parted = commands.partedFrom(room, account);
    if (parted !== null) return problem(parted);
    return json<EventPage>({
      ...roomTag(room, account),
      epoch: store.epoch,
      events: events.map((event) => wireEvent(room.record, event)),
      seq,
      more: seq < end,
    });
  }

  async function stream(
    context: SignedInContext,
    place: RoomAddress,
    { after = 0 }: EventsQuery,
  ): Promise<Response> {
    const { address } = context;
    if (!acceptsConnections()) return problem({ code: "try_again" });
    const wait = connectionLimiter.acquire(address);
    if (wait > 0) return problem({ code: "rate_limited", retry_after: wait });
    const release = () => connectionLimiter.release(address);
    let isOpen = false;
    try {
      const position = after === "end" ? null : after;
      const found = await commands.follow(senderOf(context), place, position, release);
      if ("code" in found) return problem(found);
      isOpen = true;
      return new Response(found.body(), { headers: STREAM_HEADERS });
    } finally {
      // Release it also if the store has failed.
      if (!isOpen) release();
    }
  }

  return [
    {
      method: "GET",
      path: "/api/rooms/{room}/events",
      about: "The log of a room: a stream of server-sent events, or one page as JSON",
      answers: { 200: ["EventPage", "text/event-stream"] },
      refuses: ["no_such_user", "not_a_member", "stale_epoch"],
      access: "accounts",
      query: eventsRequest,
      handle: read,
    },
  ];
}
