/**
 * Slack's way of marking up a text, as Markdown
 * (https://docs.slack.dev/messaging/formatting-message-text).
 *
 * @module
 */

/** What the marks in a text refer to. */
export interface References {
  /** The name of somebody, by their id. */
  readonly person: (id: string) => string | undefined;
  /** The name of a channel, by its id. */
  readonly channel: (id: string) => string | undefined;
}

/** A text as Markdown. Nothing within code is changed. */
export function toMarkdown(text: string, references: References): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((part, i) => i % 2 === 1 ? unescape(part) : unescape(marks(part, references)))
    .join("");
}

function marks(text: string, { person, channel }: References): string {
  return emphasis(text).replace(/<([^<>\n]+)>/g, (whole, inside: string) => {
    const [target = "", label] = inside.split("|", 2);
    const id = target.slice(1);
    switch (target[0]) {
      case "@":
        return `@${person(id) ?? label ?? id}`;
      case "#":
        return `#${channel(id) ?? label ?? id}`;
      case "!":
        return `@${label?.replace(/^@/, "") ?? id}`;
      default:
        if (!/^(https?|mailto):/i.test(target)) return whole;
        return label === undefined || label === target ? target : `[${label}](${target})`;
    }
  });
}

/** One star is bold here and slanted there; one tilde crosses out. */
function emphasis(text: string): string {
  return text
    .replace(/(^|[^\p{L}\p{N}*])\*(?=\S)([^*\n]*?\S)\*(?![\p{L}\p{N}*])/gu, "$1**$2**")
    .replace(/(^|[^\p{L}\p{N}~])~(?=\S)([^~\n]*?\S)~(?![\p{L}\p{N}~])/gu, "$1~~$2~~");
}

/** Slack escapes these three characters alone. */
function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
