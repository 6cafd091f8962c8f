/**
 * The commands about threads: who follows them, and what of them is unread.
 *
 * @module
 */
import * as answer from "../chat/replies.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import { type Act, command, type CommandRows } from "./command.ts";

/** The commands about threads. */
export const threadCommands: CommandRows<"follow_thread" | "list_threads"> = {
  follow_thread: command({
    schema: clientFrames.follow_thread,
    requires: "member",
    countsAsActivity: true,
    async handle(act) {
      const { context, connection, account, command, room } = act;
      const { thread, on } = command;
      const isThere = await context.store.followThread(room.id, thread, account.id, on);
      if (!isThere) return { code: "no_such_message" };
      const effect = { type: "thread_followed", record: room.record, account, thread, on } as const;
      context.effects.emit(effect, connection);
      await tellThreads(act);
    },
  }),

  list_threads: command({
    schema: clientFrames.list_threads,
    requires: "anyone",
    countsAsActivity: false,
    handle: (act) => tellThreads(act),
  }),
};

/** Answers with a page of the threads that the user follows. */
async function tellThreads(
  { context, connection, account, command }: Act<"follow_thread" | "list_threads">,
): Promise<void> {
  for (;;) {
    const { membershipRevision } = connection;
    const page = await answer.threads(context.store, account, command);
    // The user may have been removed from a room meanwhile.
    if (connection.membershipRevision === membershipRevision) {
      return context.hub.tell(connection, page);
    }
  }
}
