/**
 * The commands about messages that users report to the moderators. A report shows its message to the
 * moderators, also in a room that they are not in: only that one.
 *
 * @module
 */
import { reportListings } from "../chat/reports.ts";
import * as answer from "../chat/replies.ts";
import { PAGE_BOUNDS } from "../chat/replay.ts";
import type { Outcome } from "../chat/group_commit.ts";
import type { Refusal } from "../protocol/errors.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import type { Report } from "../store/reports.ts";
import { createPublicId } from "../util/secrets.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { append, authorOf, messageAt } from "./messages.ts";

type ReportCommand = "report_message" | "list_reports" | "resolve_report";

/** The commands about reports. */
export const reportCommands: CommandRows<ReportCommand> = {
  report_message: command({
    schema: clientFrames.report_message,
    requires: "member",
    countsAsActivity: true,
    handle: reportMessage,
  }),

  list_reports: command({
    schema: clientFrames.list_reports,
    requires: "moderate_reports",
    countsAsActivity: true,
    async handle({ context, connection, command }) {
      const { resolved = false, before, limit = PAGE_BOUNDS.limit } = command;
      const { store } = context;
      const from = before === undefined ? null : Number(before);
      const found = await store.reports(resolved, from, limit + 1);
      const page = found.slice(0, limit);
      const reports = await reportListings(store, page);
      const may = await context.authorize(connection, "moderate_reports");
      if ("code" in may) return may;
      const last = page.at(-1);
      const rest = answer.partOfList(found.length > limit, last && String(last.number));
      context.answer(connection, { type: "reports", reports, ...rest }, command);
    },
  }),

  resolve_report: command({
    schema: clientFrames.resolve_report,
    requires: "moderate_reports",
    countsAsActivity: true,
    handle: resolveReport,
  }),
};

async function reportMessage(act: Act<"report_message", "member">): Promise<Refusal | void> {
  const { context, connection, account, command, room } = act;
  const { store, clock, effects, quotas } = context;
  const { seq, reason = "" } = command;
  const message = await messageAt(context, room, seq);
  const refusal = context.partedFrom(room, account) ??
    (message === null || message.deleted ? { code: "no_such_message" as const } : null) ??
    quotas.take("text_per_day", account, 256 + reason.length, connection.address);
  if (refusal !== null) return refusal;
  const id = createPublicId();
  const by = { by: account.name, byId: account.publicId };
  const isNew = await store.addReport({
    ...{ id, room: room.id, seq, ...by, reason, at: clock.now() },
  });
  if (isNew) effects.emit({ type: "reported", id });
  context.answer(connection, { type: "reported", ...answer.roomTag(room, account), seq }, command);
}

async function resolveReport(act: Act<"resolve_report">): Promise<Refusal | void> {
  const { context, connection, command } = act;
  const { store, clock, effects } = context;
  const { id, note = "" } = command;
  const report = await store.reportById(id);
  if (report === null) return { code: "not_found" };
  const may = await context.authorize(connection, "moderate_reports");
  if ("code" in may) return may;
  const { by } = may;
  if (command.delete === true) {
    const refusal = await deleteReported(act, report);
    if (refusal !== null) return refusal;
  }
  const resolution = { by: by.name, byId: by.publicId, at: clock.now(), note };
  if (await store.resolveReports(id, resolution)) {
    const subject = { name: report.by, publicId: report.byId };
    const room = await context.hub.rooms.load(report.room);
    await context.record(by, "resolve_report", { subject, room, detail: note });
    effects.emit({ type: "report_resolved", id }, connection);
  }
  context.answer(connection, { type: "report_resolved", id }, command);
}

/** Deletes the message of a report, as its moderator could in a room of their own. */
async function deleteReported(
  { context, connection }: Act<"resolve_report">,
  { room: record, seq }: Report,
): Promise<Refusal | null> {
  const room = await context.hub.rooms.load(record);
  const author = await authorOf(context, room, seq);
  if (author === null) return null;
  const may = await context.authorize(connection, "delete_message", { subject: author });
  if ("code" in may) return may;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const event = { kind: "delete", target: seq, key: null } as const;
  const how = { asModerator: true, whileArchived: true };
  const refusal = append(context, may.by, room, { ...event, ...how }, resolve);
  if (refusal !== null) return refusal;
  const outcome = await promise;
  // It was deleted before.
  if ("refused" in outcome) return null;
  await context.record(may.by, "delete_message", { subject: author, room });
  return null;
}
