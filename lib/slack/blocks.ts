/**
 * The parts of a Slack message beside its text, as Markdown: blocks
 * (https://docs.slack.dev/reference/block-kit/blocks) and attachments
 * (https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments).
 *
 * @module
 */
import { asList, asText, asTime, fieldOf, listAt, textAt } from "../util/loose.ts";
import { linkTo, type References, toMarkdown, toPlain } from "./text.ts";

/** How deep blocks may lie in blocks. */
const DEPTH = 8;

/** Converts a list of blocks; empty if nothing in it can be shown. */
export function blocksToMarkdown(blocks: unknown, references: References, depth = DEPTH): string {
  return paragraphs(asList(blocks).map((block) => blockToMarkdown(block, references, depth)));
}

/**
 * Converts a list of attachments; empty if nothing in it can be shown.
 *
 * @param isBeside Whether the message has a text of its own: previews of its links are left out.
 */
export function attachmentsToMarkdown(
  attachments: unknown,
  references: References,
  isBeside: boolean,
): string {
  return paragraphs(
    asList(attachments)
      .filter((one) => !isBeside || !isPreview(one))
      .map((one) => attachmentToMarkdown(one, references)),
  );
}

function isPreview(attachment: unknown): boolean {
  if (fieldOf(attachment, "is_share") === true || fieldOf(attachment, "is_msg_unfurl") === true) {
    return false;
  }
  return ["from_url", "original_url", "app_unfurl_url"]
    .some((name) => textAt(attachment, name) !== "");
}

function attachmentToMarkdown(attachment: unknown, references: References): string {
  const read = (name: string) => toMarkdown(textAt(attachment, name), references);
  const pretext = read("pretext");
  const author = read("author_name");
  const title = read("title");
  const address = textAt(attachment, "title_link");
  const body = [
    author === "" ? "" : `**${author}**`,
    isLink(address) ? linkTo(address, title || address) : title === "" ? "" : `**${title}**`,
    read("text"),
    blocksToMarkdown(fieldOf(attachment, "blocks"), references),
    ...listAt(attachment, "message_blocks").map((one) =>
      blocksToMarkdown(fieldOf(fieldOf(one, "message"), "blocks"), references)
    ),
    ...listAt(attachment, "fields").map((field) =>
      labelled(
        toMarkdown(textAt(field, "title"), references),
        toMarkdown(textAt(field, "value"), references),
      )
    ),
    image(textAt(attachment, "image_url") || textAt(attachment, "thumb_url"), ""),
    read("footer"),
  ];
  const shown = paragraphs(body, "\n");
  if (shown !== "") return paragraphs([pretext, quoted(shown)]);
  return pretext || read("fallback");
}

function labelled(label: string, value: string): string {
  return label === "" ? value : `**${label}** ${value}`.trim();
}

function blockToMarkdown(block: unknown, references: References, depth: number): string {
  if (depth === 0) return "";
  switch (fieldOf(block, "type")) {
    case "rich_text":
      return paragraphs(
        listAt(block, "elements").map((element) => richToMarkdown(element, references)),
        "\n",
      );
    case "header": {
      const title = textIn(fieldOf(block, "text"), references);
      return title === "" ? "" : `**${title.trim()}**`;
    }
    case "context":
    case "context_actions":
    case "actions":
      return paragraphs(
        listAt(block, "elements").map((element) => elementToMarkdown(element, references)),
        " ",
      );
    case "image":
    case "video":
      return paragraphs([
        textIn(fieldOf(block, "title"), references),
        image(
          textAt(block, "image_url") || textAt(block, "title_url") || textAt(block, "video_url") ||
            textAt(block, "slack_file", "url"),
          textAt(block, "alt_text"),
        ),
      ], "\n");
    case "divider":
      return "---";
    case "markdown":
      return textAt(block, "text");
    case "table":
      return paragraphs(
        listAt(block, "rows").map((row) =>
          asList(row).map((cell) =>
            blockToMarkdown(cell, references, depth - 1) || textIn(cell, references)
          ).join(" | ")
        ),
        "\n",
      );
    // A section, an input, and every block that is not known: whatever of these it has.
    default:
      return paragraphs([
        textIn(fieldOf(block, "label"), references),
        textIn(fieldOf(block, "text"), references),
        ...listAt(block, "fields").map((field) => textIn(field, references)),
        elementToMarkdown(fieldOf(block, "accessory"), references),
        blocksToMarkdown(fieldOf(block, "elements"), references, depth - 1),
      ], "\n");
  }
}

/** A text object. */
function textIn(text: unknown, references: References): string {
  const said = asText(text) || textAt(text, "text");
  return fieldOf(text, "type") === "mrkdwn"
    ? toMarkdown(said, references)
    : toPlain(said, references);
}

/** An element beside a text: an image, or a button with an address. */
function elementToMarkdown(element: unknown, references: References): string {
  const type = fieldOf(element, "type");
  if (type === "image") return image(textAt(element, "image_url"), textAt(element, "alt_text"));
  const address = textAt(element, "url");
  const label = textIn(type === "button" ? fieldOf(element, "text") : element, references);
  return type === "button" && isLink(address) ? linkTo(address, label) : label;
}

/** An image stays where it is: it becomes a link. */
function image(address: string, label: string): string {
  return isLink(address) ? linkTo(address, label) : "";
}

function isLink(address: string): boolean {
  return /^(https?|mailto|tel):/i.test(address);
}

// Rich text -------------------------------------------------------------------------------------

function richToMarkdown(element: unknown, references: References): string {
  const inline = (part: unknown) =>
    listAt(part, "elements").map((one) => inlineToMarkdown(one, references)).join("");
  switch (fieldOf(element, "type")) {
    case "rich_text_preformatted": {
      const code = listAt(element, "elements").map((one) =>
        textAt(one, "text") || textAt(one, "url")
      ).join("");
      const fence = fenceFor(code, 3);
      return code === "" ? "" : `${fence}\n${code.replace(/\n$/, "")}\n${fence}`;
    }
    case "rich_text_quote":
      return quoted(inline(element));
    case "rich_text_list": {
      const depth = indentOf(fieldOf(element, "indent"));
      const isOrdered = fieldOf(element, "style") === "ordered";
      const offset = indentOf(fieldOf(element, "offset"));
      return listAt(element, "elements").map((item, n) => {
        const mark = isOrdered ? `${offset + n + 1}.` : "-";
        const text = inline(item).replaceAll("\n", `\n${"   ".repeat(depth + 1)}`);
        return `${"   ".repeat(depth)}${mark} ${text}`;
      }).join("\n");
    }
    default:
      return inline(element).replace(/\n$/, "");
  }
}

function indentOf(value: unknown): number {
  return typeof value === "number" && value > 0 && value < DEPTH ? Math.floor(value) : 0;
}

function inlineToMarkdown(element: unknown, references: References): string {
  const style = fieldOf(element, "style");
  switch (fieldOf(element, "type")) {
    case "link": {
      const address = textAt(element, "url");
      const label = textAt(element, "text");
      return isLink(address) ? styled(linkTo(address, label), style) : label || address;
    }
    case "user": {
      const id = textAt(element, "user_id");
      return styled(`@${references.person(id) ?? id}`, style);
    }
    case "channel": {
      const id = textAt(element, "channel_id");
      return styled(`#${references.channel(id) ?? id}`, style);
    }
    case "usergroup":
      return `@${textAt(element, "usergroup_id")}`;
    case "team":
      return `@${textAt(element, "team_id")}`;
    case "broadcast":
      return `@${textAt(element, "range")}`;
    case "emoji":
      return emojiOf(element, references);
    case "date": {
      const at = asTime(fieldOf(element, "timestamp"), 1_000);
      return textAt(element, "fallback") || (at === null ? "" : new Date(at).toISOString());
    }
    case "color":
      return textAt(element, "value");
    default:
      return styled(textAt(element, "text"), style);
  }
}

function emojiOf(element: unknown, { emoji }: References): string {
  const name = textAt(element, "name");
  const tone = fieldOf(element, "skin_tone");
  const isToned = typeof tone === "number" && tone >= 2 && tone <= 6;
  const full = isToned && !name.includes("::") ? `${name}::skin-tone-${tone}` : name;
  return name === "" ? "" : emoji(full) ?? `:${full}:`;
}

/** Puts marks around words, not around the white space beside them: Markdown would ignore them. */
function styled(text: string, style: unknown): string {
  const words = text.trim();
  if (words === "") return text;
  const head = text.slice(0, text.length - text.trimStart().length);
  const tail = text.slice(text.trimEnd().length);
  let marked = words;
  if (fieldOf(style, "code") === true) {
    const fence = fenceFor(words, 1);
    const gap = /^`|`$/.test(words) ? " " : "";
    marked = `${fence}${gap}${words}${gap}${fence}`;
  }
  if (fieldOf(style, "bold") === true) marked = `**${marked}**`;
  if (fieldOf(style, "italic") === true) marked = `_${marked}_`;
  if (fieldOf(style, "strike") === true) marked = `~~${marked}~~`;
  return head + marked + tail;
}

/** Backticks, one more than the code has in a row, and at least so many. */
function fenceFor(code: string, least: number): string {
  const runs = code.match(/`+/g) ?? [];
  const longest = runs.reduce((most, run) => Math.max(most, run.length), 0);
  return "`".repeat(longest < least ? least : longest + 1);
}

function quoted(text: string): string {
  return text.trim() === "" ? "" : text.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
}

function paragraphs(parts: readonly string[], between = "\n\n"): string {
  return parts.filter((part) => part.trim() !== "").join(between);
}
