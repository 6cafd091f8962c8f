/**
 * The routes that carry out commands: a row names its command, and the path, the query and the body
 * of a request give the command its fields. Validation, permissions and effects are those of the
 * same command on a WebSocket.
 *
 * @module
 */
import * as v from "valibot";
import type { Commands, RequestSender } from "../../commands/dispatch.ts";
import { problem } from "../problem.ts";
import type { CommandType, ServerFrame } from "../../protocol/frames.ts";
import { clientFrames, decodeCommand } from "../../protocol/schemas/frames.ts";
import { roomRequest } from "../../protocol/schemas/requests.ts";
import { json, type Route, type SignedInContext } from "./route.ts";

/** A route that carries out a command. */
interface CommandRoute extends Pick<Route, "method" | "path" | "about" | "refuses"> {
  readonly command: CommandType;
  /** The fields that the route sets. */
  readonly sets?: Readonly<Record<string, unknown>>;
  /** Whether the other fields are in a JSON body; otherwise they are in the query. */
  readonly hasBody?: true;
  /** The status of a success, 200 by default. */
  readonly status?: number;
  /** The type of the reply. */
  readonly reply: string;
}

const ROOM = "/api/rooms/{room}";
const MESSAGE = `${ROOM}/messages/{seq}`;

/** The reply to what causes an event. With a key that was used before, it is the event of that time. */
const CAUSED = "RoomEvent";

/** The refusals of a change to a message. */
const CHANGING = [
  ...["forbidden", "limit_reached", "muted", "no_such_message", "no_such_user"] as const,
  ...["not_a_member", "blocked", "room_archived", "room_locked", "hosts_only"] as const,
];

/** The refusals of what a user keeps of a message for themselves. */
const KEEPING = [
  ...["limit_reached", "no_such_message", "no_such_user", "not_a_member"] as const,
];

/** Every route that carries out a command. */
export const COMMAND_ROUTES: readonly CommandRoute[] = [
  {
    method: "GET",
    path: "/api/rooms",
    command: "list_rooms",
    about: "A page of the rooms that the user may join or has joined, by name",
    reply: "RoomsFrame",
  },
  {
    method: "POST",
    path: "/api/rooms",
    command: "create_room",
    hasBody: true,
    status: 201,
    about: "Create a room; without a name, open the conversation with some users",
    reply: "Joined",
    refuses: ["forbidden", "limit_reached", "muted", "no_such_user", "room_exists"],
  },
  {
    method: "GET",
    path: "/api/search",
    command: "search",
    about: "Search the messages of the rooms that the user is in, newest first",
    reply: "SearchResults",
    refuses: [
      ...["bad_time_zone", "invalid_search"] as const,
      ...["no_such_room", "no_such_user", "not_a_member"] as const,
    ],
  },
  {
    method: "PATCH",
    path: "/api/profile",
    command: "set_profile",
    hasBody: true,
    about: "Set what the user says about themselves; null removes it",
    reply: "ProfileFrame",
    refuses: [
      ...["bad_emoji", "file_too_large", "forbidden", "muted"] as const,
      ...["name_reserved", "name_taken", "no_such_file"] as const,
    ],
  },
  {
    method: "POST",
    path: `${MESSAGE}/report`,
    command: "report_message",
    hasBody: true,
    status: 201,
    about: "Report a message to the moderators",
    reply: "ReportedFrame",
    refuses: KEEPING,
  },
  {
    method: "GET",
    path: "/api/reports",
    command: "list_reports",
    about: "Moderators: a page of what users have reported, the newest first",
    reply: "ReportsFrame",
    refuses: ["forbidden"],
  },
  {
    method: "POST",
    path: "/api/reports/{id}/resolve",
    command: "resolve_report",
    hasBody: true,
    about: "Moderators: resolve a report",
    reply: "ReportResolvedFrame",
    refuses: ["forbidden", "not_found"],
  },
  {
    method: "GET",
    path: "/api/saved",
    command: "list_saved",
    about: "A page of the messages that the user has saved, the last saved first",
    reply: "SavedFrame",
  },
  ...([["PUT", true, "Save a message"], ["DELETE", false, "Save a message no longer"]] as const)
    .map(([method, on, about]) => ({
      method,
      path: `${MESSAGE}/saved`,
      command: "save_message" as const,
      sets: { on },
      about,
      reply: "SavedFrame",
      refuses: KEEPING,
    })),
  {
    method: "GET",
    path: "/api/scheduled",
    command: "list_scheduled",
    about: "The messages of the user that wait to be sent, by their time",
    reply: "ScheduledListFrame",
  },
  {
    method: "POST",
    path: `${ROOM}/scheduled`,
    command: "schedule_message",
    hasBody: true,
    status: 201,
    about: "Send a message later",
    reply: "ScheduledFrame",
    refuses: ["limit_reached", "muted", "no_such_file", "no_such_user", "not_a_member"],
  },
  {
    method: "DELETE",
    path: "/api/scheduled/{id}",
    command: "cancel_scheduled",
    about: "Do not send a message that waits",
    reply: "ScheduledCancelledFrame",
    refuses: ["no_such_scheduled"],
  },
  {
    method: "GET",
    path: "/api/reminders",
    command: "list_reminders",
    about: "The reminders of the user, by their time",
    reply: "RemindersFrame",
  },
  {
    method: "PUT",
    path: `${MESSAGE}/reminder`,
    command: "set_reminder",
    hasBody: true,
    about: "Set when to remind the user of a message; 0 for no more",
    reply: "ReminderFrame",
    refuses: KEEPING,
  },
  {
    method: "PUT",
    path: `${ROOM}/draft`,
    command: "set_draft",
    hasBody: true,
    about: "Set what the user has written in a room and not sent; without a text, clear it",
    reply: "DraftFrame",
    refuses: ["limit_reached", "no_such_user", "not_a_member", "stale_epoch"],
  },
  {
    method: "GET",
    path: "/api/drafts",
    command: "list_drafts",
    about: "A page of what the user has written and not sent",
    reply: "DraftsFrame",
    refuses: [],
  },
  {
    method: "PATCH",
    path: `${ROOM}/preferences`,
    command: "set_room_prefs",
    hasBody: true,
    about: "Set what the user wants of a room",
    reply: "RoomPrefsFrame",
    refuses: ["no_such_user", "not_a_member"],
  },
  {
    method: "PATCH",
    path: ROOM,
    command: "set_room",
    hasBody: true,
    about: "Change a room: its name, its topic, who can see it, and its rules",
    reply: "RoomChangedFrame",
    refuses: ["forbidden", "muted", "no_such_user", "not_a_member", "room_exists"],
  },
  {
    method: "DELETE",
    path: ROOM,
    command: "delete_room",
    about: "Delete a room with all its content",
    reply: "RoomDeletedFrame",
    refuses: ["forbidden", "muted", "no_such_user", "not_a_member"],
  },
  {
    method: "GET",
    path: `${ROOM}/members`,
    command: "list_members",
    about: "A page of the members of a room, by name",
    reply: "MembersFrame",
    refuses: ["no_such_user", "not_a_member"],
  },
  {
    method: "GET",
    path: `${ROOM}/pins`,
    command: "list_pins",
    about: "The pinned messages of a room",
    reply: "PinsFrame",
    refuses: ["no_such_user", "not_a_member"],
  },
  {
    method: "GET",
    path: `${ROOM}/files`,
    command: "list_files",
    about: "A page of the messages of a room that have files",
    reply: "FilesFrame",
    refuses: ["no_such_user", "not_a_member"],
  },
  {
    method: "GET",
    path: "/api/memberships",
    command: "list_memberships",
    about: "A page of the rooms and conversations of the user, in an order that does not change",
    reply: "MembershipsFrame",
  },
  {
    method: "GET",
    path: "/api/threads",
    command: "list_threads",
    about: "A page of the threads that the user follows, those with the newest replies first",
    reply: "ThreadsFrame",
  },
  ...([["PUT", true, "Follow a thread"], ["DELETE", false, "Follow a thread no more"]] as const)
    .map(([method, on, about]) => ({
      method,
      path: `${ROOM}/threads/{thread}`,
      command: "follow_thread" as const,
      sets: { on },
      about,
      reply: "ThreadsFrame",
      refuses: ["no_such_message", "no_such_user", "not_a_member"] as const,
    })),
  {
    method: "POST",
    path: `${ROOM}/join`,
    command: "join",
    about: "Become a member of a room",
    reply: "Joined",
    refuses: [
      ...["forbidden", "limit_reached", "muted", "room_exists"] as const,
      ...["no_such_user", "not_a_member"] as const,
    ],
  },
  {
    method: "POST",
    path: `${ROOM}/leave`,
    command: "leave",
    about: "Leave a room",
    reply: "LeftFrame",
    refuses: ["forbidden", "no_such_user", "not_a_member"],
  },
  {
    method: "PATCH",
    path: MESSAGE,
    command: "edit_message",
    hasBody: true,
    about: "Change the text of a message of the user",
    reply: CAUSED,
    refuses: [...CHANGING, "edit_conflict"],
  },
  {
    method: "DELETE",
    path: MESSAGE,
    command: "delete_message",
    about: "Delete a message",
    reply: CAUSED,
    refuses: CHANGING,
  },
  {
    method: "POST",
    path: `${ROOM}/delete`,
    command: "delete_messages",
    hasBody: true,
    about: "Delete several messages; the reply says which may not be deleted, and why",
    reply: "MessagesDeletedFrame",
    refuses: ["forbidden", "muted", "no_such_user", "not_a_member"],
  },
  ...([["PUT", true, "Pin a message"], ["DELETE", false, "Unpin a message"]] as const)
    .map(([method, on, about]) => ({
      method,
      path: `${MESSAGE}/pin`,
      command: "pin_message" as const,
      sets: { on },
      about,
      reply: CAUSED,
      refuses: CHANGING,
    })),
  {
    method: "PUT",
    path: `${MESSAGE}/vote`,
    command: "vote",
    hasBody: true,
    about: "Vote in a poll, in place of the vote before; without options, take it back",
    reply: CAUSED,
    refuses: [...CHANGING, "bad_vote", "no_such_poll", "poll_closed"],
  },
  {
    method: "GET",
    path: `${MESSAGE}/votes`,
    command: "list_votes",
    about: "A page of the votes in a poll that is not anonymous",
    reply: "VotesFrame",
    refuses: ["no_such_user", "not_a_member", "no_such_message", "no_such_poll", "anonymous_poll"],
  },
  {
    method: "POST",
    path: `${MESSAGE}/close-poll`,
    command: "close_poll",
    about: "Close a poll",
    reply: CAUSED,
    refuses: [...CHANGING, "no_such_poll", "poll_closed"],
  },
  {
    method: "DELETE",
    path: `${MESSAGE}/preview`,
    command: "remove_preview",
    about: "Remove the preview of the link in a message: its author, and moderators",
    reply: CAUSED,
    refuses: [...CHANGING, "no_such_preview"],
  },
  {
    method: "GET",
    path: `${MESSAGE}/reactions`,
    command: "list_reactions",
    about: "A page of the reactions to a message, by emoji and then in order of arrival",
    reply: "ReactionsFrame",
    refuses: ["no_such_user", "not_a_member"],
  },
  ...([["PUT", true, "React to a message"], ["DELETE", false, "Take a reaction back"]] as const)
    .map(([method, on, about]) => ({
      method,
      path: `${MESSAGE}/reactions/{emoji}`,
      command: "react" as const,
      sets: { on },
      about,
      reply: CAUSED,
      refuses: [...CHANGING, ...on ? ["bad_emoji", "too_many_reactions"] as const : []],
    })),
];

/** Returns the routes that carry out commands. */
export function commandRoutes(commands: Commands): readonly Route[] {
  return COMMAND_ROUTES.map((row): Route => {
    const rest = fieldsOf(row);
    return {
      method: row.method,
      path: row.path,
      about: row.about,
      answers: { [row.status ?? 200]: row.reply },
      refuses: ["bad_request", "stale_epoch", "too_long", ...row.refuses ?? []],
      access: "accounts",
      takesKey: true,
      ...(row.hasBody ? { body: v.object(rest) } : { query: v.object(rest) }),
      handle: (context, body) => carryOut(commands, row, rest, context, body),
    };
  });
}

/** The fields of a row's command that come from the query or the body. */
function fieldsOf({ path, command, sets = {} }: CommandRoute): v.ObjectEntries {
  const given = ["type", ...Object.keys(sets)];
  for (const [, name = ""] of path.matchAll(/\{(\w+)\}/g)) given.push(name, `${name}_id`);
  const entries: v.ObjectEntries = clientFrames[command].entries;
  return Object.fromEntries(Object.entries(entries).filter(([name]) => !given.includes(name)));
}

async function carryOut(
  commands: Commands,
  { command: type, sets, status }: CommandRoute,
  rest: v.ObjectEntries,
  { params, url, headers, identity, address }: SignedInContext,
  body: unknown,
): Promise<Response> {
  const { room, ...path } = params;
  const place = room === undefined ? undefined : v.safeParse(roomRequest, room);
  if (place?.success === false) return problem({ code: "no_such_room" });
  // Only these: nothing that a request adds can replace what its path says.
  const given = body === undefined || body === null ? fromQuery(rest, url.searchParams) : body;
  const key = idempotencyKey(headers);
  const decoded = decodeCommand({
    ...(key === undefined ? {} : { key }),
    ...given,
    ...fromTexts(clientFrames[type].entries, path),
    ...place?.output,
    ...sets,
    type,
  });
  if ("refusal" in decoded) return problem(decoded.refusal);
  const reply = await commands.request(senderOf({ identity, address }), decoded.command);
  return reply.type === "error" ? problem(reply) : json<ServerFrame>(reply, status);
}

/** The sender of a request, for its commands. */
export function senderOf(
  { identity, address }: Pick<SignedInContext, "identity" | "address">,
): RequestSender {
  return { account: identity.account, session: identity.session, address };
}

/**
 * The header `Idempotency-Key`, for `key`: a string in quotes, as the IETF's draft has it, or
 * without.
 */
export function idempotencyKey(headers: Headers): string | undefined {
  return headers.get("idempotency-key")?.replace(/^"(.*)"$/, "$1");
}

/** The fields of a query. A list is written as one parameter for each of its entries. */
function fromQuery(entries: v.ObjectEntries, query: URLSearchParams): Record<string, unknown> {
  const lists = Object.keys(entries).filter((name) => isOfType("array", entries[name]));
  return {
    ...fromTexts(entries, Object.fromEntries(query)),
    ...Object.fromEntries(
      lists.filter((name) => query.has(name)).map((name) => [name, query.getAll(name)]),
    ),
  };
}

/** The fields of a query or a path: numbers are written as digits there. */
function fromTexts(
  entries: v.ObjectEntries,
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const fields = Object.entries(texts).filter(([name]) => Object.hasOwn(entries, name));
  return Object.fromEntries(fields.map(([name, text]) => {
    const isDigits = /^\d{1,15}$/.test(text);
    return [name, isDigits && isOfType("number", entries[name]) ? Number(text) : text];
  }));
}

function isOfType(wanted: "number" | "array", schema: unknown): boolean {
  const { type, wrapped } = schema as { readonly type?: string; readonly wrapped?: unknown };
  return type === "optional" ? isOfType(wanted, wrapped) : type === wanted;
}
