/**
 * The command about previews of links. The server adds them by itself: see `lib/previews/`.
 *
 * @module
 */
import { clientFrames } from "../protocol/schemas/frames.ts";
import { command, type CommandRows } from "./command.ts";
import { appendIn, eventOf, messageAt, moderatesMessage, repeatedIn } from "./messages.ts";

/** The command about previews. */
export const previewCommands: CommandRows<"remove_preview"> = {
  remove_preview: command({
    schema: clientFrames.remove_preview,
    requires: "member",
    countsAsActivity: true,
    async handle(act) {
      const { context, account, command, room } = act;
      const message = await messageAt(context, room, command.seq);
      const asModerator = await moderatesMessage(act);
      const parted = context.partedFrom(room, account);
      if (parted !== null) return parted;
      // Muted users may, at no cost: therefore only where there is something to take back.
      const event = { ...eventOf("preview_removed", command), asModerator };
      if (message !== null && !message.state?.preview) {
        return repeatedIn(act, room, event, { code: "no_such_preview" });
      }
      return appendIn(act, room, event);
    },
  }),
};
