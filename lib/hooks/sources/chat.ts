/**
 * The payloads of other chats' incoming webhooks: Slack's
 * (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks), which Mattermost's
 * extend, and Discord's (https://docs.discord.com/developers/resources/webhook).
 *
 * @module
 */
import { fieldOf, listAt, textAt } from "../../util/loose.ts";
import { attachmentsToMarkdown, blocksToMarkdown } from "../../slack/blocks.ts";
import type { FindEmoji } from "../../slack/emoji.ts";
import { linkTo, toMarkdown } from "../../slack/text.ts";
import { type HookContent, lines, link } from "./source.ts";

/** Fields of an embed, and embeds, that are shown. */
const MAX_PARTS = 25;

/** Converts a payload in Slack's shape. The text is only for notifications where there are blocks. */
export function fromSlack(payload: unknown, emoji: FindEmoji): HookContent {
  // The ids of Slack's users and channels mean nothing here.
  const references = { person: () => undefined, channel: () => undefined, emoji };
  const text = toMarkdown(textAt(payload, "text"), references);
  const blocks = blocksToMarkdown(fieldOf(payload, "blocks"), references);
  const attachments = attachmentsToMarkdown(fieldOf(payload, "attachments"), references, false);
  return {
    text: [blocks || text, attachments].filter((part) => part.trim() !== "").join("\n\n"),
    name: textAt(payload, "username"),
    icon: emoji(textAt(payload, "icon_emoji").replace(/^:|:$/g, "")) ?? "",
  };
}

/** Converts a payload in Discord's shape: Markdown, and embeds. */
export function fromDiscord(payload: unknown): HookContent {
  const embeds = listAt(payload, "embeds").slice(0, MAX_PARTS).map(embed);
  return {
    text: [textAt(payload, "content"), ...embeds].filter((part) => part.trim() !== "").join("\n\n"),
    name: textAt(payload, "username"),
  };
}

function embed(one: unknown): string {
  const title = textAt(one, "title");
  const address = textAt(one, "url");
  const author = textAt(one, "author", "name");
  const image = textAt(one, "image", "url") || textAt(one, "thumbnail", "url");
  const body = lines(
    author === "" ? "" : `**${link(textAt(one, "author", "url"), author)}**`,
    title === "" ? "" : /^https?:/.test(address) ? linkTo(address, title) : `**${title}**`,
    textAt(one, "description"),
    ...listAt(one, "fields").slice(0, MAX_PARTS).map((field) =>
      `**${textAt(field, "name")}** ${textAt(field, "value")}`
    ),
    /^https?:/.test(image) ? image : "",
    textAt(one, "footer", "text"),
  );
  return body === "" ? "" : body.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
}
