/**
 * The route that exports the moderation log.
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import * as v from "valibot";
import type { Commands } from "../../commands/dispatch.ts";
import { listEntry, type LogFilter } from "../../commands/moderation_log.ts";
import { isRefusal } from "../../protocol/errors.ts";
import type { ModerationAction, ModerationListing } from "../../protocol/frames.ts";
import { MODERATORS } from "../../protocol/roles.ts";
import { moderationLogRequest } from "../../protocol/schemas/requests.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../util/clock.ts";
import { problem } from "../problem.ts";
import type { Route, SignedInContext } from "./route.ts";

/** The dependencies of `moderationLogRoutes`. */
export interface ModerationLogOptions {
  readonly commands: Pick<Commands, "logFilter">;
  readonly store: Pick<Store, "moderationLog" | "recordModeration">;
  readonly clock: Clock;
}

/** How many entries are read at once. */
const PAGE = 500;

/** The columns of a table: the fields of an entry, the time as people and spreadsheets read it. */
const COLUMNS = ["id", "time", "by", "by_id", "action", "subject", "subject_id"].concat(
  ["room", "room_id", "detail"],
);

/** How the entries are written. */
interface Format {
  readonly type: string;
  /** What comes before the entries. */
  readonly head: string;
  readonly line: (entry: ModerationListing) => string;
}

const FORMATS: Readonly<Record<"csv" | "jsonl", Format>> = {
  csv: {
    type: "text/csv",
    head: row(COLUMNS),
    line: (entry) => {
      const cells: Readonly<Record<string, unknown>> = {
        ...entry,
        time: new Date(entry.at).toISOString(),
      };
      return row(COLUMNS.map((column) => cells[column]));
    },
  },
  jsonl: {
    type: "application/jsonl",
    head: "",
    line: (entry) => `${JSON.stringify(entry)}\n`,
  },
};

/** A row of a table. Users choose names: a cell must not become a formula of the spreadsheet. */
function row(cells: readonly unknown[]): string {
  return stringify([[...cells]], { escape_formulas: true });
}

/** Returns the route that exports the moderation log, or a part of it, the newest entry first. */
export function moderationLogRoutes(
  { commands, store, clock }: ModerationLogOptions,
): readonly Route[] {
  async function exportLog({ url, identity, authorize }: SignedInContext): Promise<Response> {
    const query = v.safeParse(moderationLogRequest, Object.fromEntries(url.searchParams));
    if (!query.success) return problem({ code: "bad_request" });
    const { format = "jsonl", ...acts } = query.output;
    const filter = await commands.logFilter(identity.account, acts);
    if (isRefusal(filter)) return problem(filter);
    const still = await authorize();
    if (isRefusal(still)) return problem(still);
    const { name: by, publicId: byId } = still.account;
    const action: ModerationAction = "export_log";
    await store.recordModeration({
      ...{ at: clock.now(), by, byId, action, subject: null, subjectId: null },
      ...{ room: null, roomId: null, detail: null },
    });
    const text = linesOf(store, filter, FORMATS[format]);
    return new Response(ReadableStream.from(text).pipeThrough(new TextEncoderStream()), {
      headers: {
        "content-type": `${FORMATS[format].type}; charset=utf-8`,
        "content-disposition": `attachment; filename="moderation-log.${format}"`,
        "cache-control": "no-store",
      },
    });
  }

  return [{
    method: "GET",
    path: "/api/moderation-log",
    about: "The moderation log, or the entries that fit the query, as a table or as lines of JSON",
    answers: { 200: ["text/csv", "application/jsonl"] },
    refuses: ["no_such_room", "no_such_user"],
    access: MODERATORS,
    query: moderationLogRequest,
    handle: exportLog,
  }];
}

async function* linesOf(
  store: Pick<Store, "moderationLog">,
  filter: LogFilter,
  { head, line }: Format,
): AsyncGenerator<string> {
  if (head !== "") yield head;
  for (let before: number | null = null;;) {
    const entries = await store.moderationLog({ ...filter, before, limit: PAGE });
    if (entries.length > 0) yield entries.map((entry) => line(listEntry(entry))).join("");
    if (entries.length < PAGE) return;
    before = entries.at(-1)?.id ?? null;
  }
}
