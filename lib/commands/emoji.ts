/**
 * The commands about the server's own emoji: `:name:` in messages, and as a reaction.
 *
 * @module
 */
import { namePageOf, partOfList } from "../chat/replies.ts";
import { type Refusal } from "../protocol/errors.ts";
import { CUSTOM_EMOJI } from "../protocol/limits.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import { isStandardName } from "../util/emoji_names.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { pictureOf } from "./pictures.ts";

/** What the picture of an emoji may be. */
const PICTURE = { ...CUSTOM_EMOJI, types: ["image/png", "image/gif", "image/webp"] } as const;

/** The commands about emoji. Everyone is told of a change. */
export const emojiCommands: CommandRows<"set_emoji" | "delete_emoji" | "list_emoji"> = {
  set_emoji: command({
    schema: clientFrames.set_emoji,
    requires: "manage_emoji",
    countsAsActivity: true,
    handle: setEmoji,
  }),

  delete_emoji: command({
    schema: clientFrames.delete_emoji,
    requires: "manage_emoji",
    countsAsActivity: true,
    async handle({ context, connection, account, command }) {
      const { emoji } = command;
      if (!await context.store.deleteEmoji(emoji)) return { code: "no_such_emoji" };
      await context.record(account, "delete_emoji", { detail: emoji });
      const changed = { type: "emoji_changed", emoji } as const;
      context.effects.emit(changed);
      context.answer(connection, changed, command);
    },
  }),

  list_emoji: command({
    schema: clientFrames.list_emoji,
    requires: "anyone",
    countsAsActivity: false,
    async handle({ context, connection, command }) {
      const { begins, after, limit } = namePageOf(command);
      const page = { begins: `:${begins.replace(/^:/, "")}`, after, limit: limit + 1 };
      const found = await context.store.listEmoji(page);
      const emoji = found.slice(0, limit).map(({ emoji, picture, creator }) => ({
        ...{ emoji, picture },
        ...(creator === null ? {} : { by: creator.name, by_id: creator.publicId }),
      }));
      const rest = partOfList(found.length > limit, emoji.at(-1)?.emoji);
      context.answer(connection, { type: "emoji_list", emoji, ...rest }, command);
    },
  }),
};

async function setEmoji(
  { context, connection, account, command }: Act<"set_emoji">,
): Promise<Refusal | void> {
  const { store, clock } = context;
  const { emoji, file } = command;
  if (await isStandardName(emoji.slice(1, -1))) return { code: "name_taken" };
  if (await store.hasEmoji(CUSTOM_EMOJI.count)) return { code: "limit_reached" };
  const picture = await pictureOf(context, account, file, PICTURE);
  if ("code" in picture) return picture;
  // The sender may have lost the power meanwhile.
  const may = await context.authorize(connection, "manage_emoji");
  if ("code" in may) return may;
  const { id, type, bytes } = picture;
  const added = { emoji, picture: id, type, bytes, creator: account.id, at: clock.now() };
  if (!await store.addEmoji(added)) return { code: "name_taken" };
  await context.record(may.by, "set_emoji", { detail: emoji });
  const changed = { type: "emoji_changed", emoji, picture: id } as const;
  context.effects.emit(changed);
  context.answer(connection, changed, command);
}
