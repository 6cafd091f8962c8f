/**
 * Slack's way of marking up a text, as Markdown
 * (https://docs.slack.dev/messaging/formatting-message-text).
 *
 * @module
 */

/** Resolves the references in a text. */
export interface References {
  /** The name of a user, by id. */
  readonly person: (id: string) => string | undefined;
  /** The name of a channel, by its id. */
  readonly channel: (id: string) => string | undefined;
  /** The emoji with a name of Slack's, such as `wave` or `wave::skin-tone-3`. */
  readonly emoji: (name: string) => string | undefined;
}

/** Converts a text to Markdown. Code stays unchanged. */
export function toMarkdown(text: string, references: References): string {
  const parts = text.split(/(```[\s\S]*?```|`[^`\n]+`)/);
  return parts
    .map((part, i) =>
      i % 2 === 1
        ? fenced(unescape(part), parts[i - 1] ?? "", parts[i + 1] ?? "")
        : marks(part, references)
    )
    .join("");
}

/** Converts a text without markup: only emoji and escapes have a meaning. */
export function toPlain(text: string, { emoji }: Pick<References, "emoji">): string {
  return withEmoji(unescape(text), emoji);
}

/** Several lines of code: Markdown wants the fences on lines of their own. */
function fenced(code: string, before: string, after: string): string {
  if (!code.startsWith("```") || !code.includes("\n")) return code;
  const content = code.slice(3, -3).replace(/^\n/, "").replace(/\n$/, "");
  const [head, tail] = [/(^|\n)$/.test(before) ? "" : "\n", /^(\n|$)/.test(after) ? "" : "\n"];
  return `${head}\`\`\`\n${content}\n\`\`\`${tail}`;
}

/** References in angle brackets, and the marks around words outside of them. */
function marks(text: string, references: References): string {
  const doubled = emphasis(text);
  let [result, from, mark] = ["", 0, 0];
  const say = (to: number) => {
    let piece = "";
    for (; from < to && (doubled[mark] ?? to) < to; from = doubled[mark++]! + 1) {
      piece += text.slice(from, doubled[mark]) + text[doubled[mark]!]!.repeat(2);
    }
    result += toPlain(piece + text.slice(from, to), references);
  };
  for (const { 0: whole, 1: inside = "", index } of text.matchAll(REFERENCE)) {
    say(index);
    result += reference(inside, references) ?? unescape(whole);
    from = index + whole.length;
  }
  say(text.length);
  return result;
}

const REFERENCE = /<([^<>\n]+)>/g;

function reference(inside: string, references: References): string | null {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : inside.slice(bar + 1);
  const id = target.slice(1);
  switch (target[0]) {
    case "@":
      return `@${references.person(id) ?? (label.replace(/^@/, "") || id)}`;
    case "#":
      return `#${references.channel(id) ?? (label.replace(/^#/, "") || id)}`;
    case "!":
      return special(id, toPlain(label, references));
    default:
      if (!/^(https?|mailto|tel):/i.test(target)) return null;
      return linkTo(unescape(target), toPlain(label, references));
  }
}

/** `<!here>`, `<!subteam^ID|@name>`, `<!date^seconds^format^link|text>`. */
function special(command: string, label: string): string {
  const [name = "", value = "", , link = ""] = command.split("^");
  if (name !== "date") return `@${label.replace(/^@/, "") || value || name}`;
  const seconds = /^\d{1,11}$/.test(value) ? Number(value) : null;
  const time = seconds === null ? value : new Date(seconds * 1_000).toISOString();
  return /^https?:/i.test(link) ? linkTo(link, label || time) : label || time;
}

/** A link in Markdown. Brackets in its text, and what would end its address, are escaped. */
export function linkTo(address: string, label: string): string {
  const target = address.replace(
    /[\s()<>\\]/g,
    (char) => ESCAPED[char] ?? encodeURIComponent(char),
  );
  if (label.trim() === "" || label === address) return address;
  return `[${label.replace(/[[\]\\]/g, "\\$&").replaceAll("\n", " ")}](${target})`;
}

const ESCAPED: Readonly<Record<string, string>> = { "(": "%28", ")": "%29" };

/**
 * The places of marks that are doubled in Markdown: one asterisk is bold in Slack and italic in
 * Markdown, and a tilde strikes through. A pair stands around words on one line.
 */
function emphasis(text: string): readonly number[] {
  const doubled: number[] = [];
  const open = new Map<string, number>();
  for (const { 0: found, index } of text.matchAll(/<[^<>\n]+>|[*~\n]/g)) {
    if (found === "\n") open.clear();
    if (found !== "*" && found !== "~") continue;
    const left = /[^]$/u.exec(text.slice(Math.max(0, index - 2), index))?.[0] ?? " ";
    const right = /^[^]/u.exec(text.slice(index + 1, index + 3))?.[0] ?? " ";
    const start = open.get(found);
    const isWord = (char: string) => char === found || /[\p{L}\p{N}]/u.test(char);
    if (start !== undefined && index > start + 1 && /\S/.test(left) && !isWord(right)) {
      doubled.push(start, index);
      open.delete(found);
    } else if (/\S/.test(right) && right !== found && !isWord(left)) open.set(found, index);
    else open.delete(found);
  }
  return doubled.sort((a, b) => a - b);
}

/** The names of emoji, and of skin tones after them. */
const EMOJI_NAME = /(?<!\p{N}):([\p{L}\p{N}_+'-]{1,100}(?:::skin-tone-[2-6])?):/gu;

function withEmoji(text: string, emoji: References["emoji"]): string {
  return text.replace(EMOJI_NAME, (whole, name: string) => emoji(name) ?? whole);
}

const ESCAPES: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Slack escapes only these three characters, once. */
export function unescape(text: string): string {
  return text.replace(/&(?:lt|gt|amp);/g, (escape) => ESCAPES[escape]!);
}
