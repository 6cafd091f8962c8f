/**
 * What a program that sends a payload to an incoming webhook has to say, and how its words become
 * Markdown.
 *
 * @module
 */
import { linkTo } from "../../slack/text.ts";

/** What a payload says. */
export interface HookContent {
  /** In Markdown; empty if there is nothing to show. */
  readonly text: string;
  /** The name that the sender gives itself. It is only shown: the sender is the hook's bot. */
  readonly name?: string;
  /** An emoji beside the name. */
  readonly icon?: string;
}

/** Characters of a foreign text that are shown: logs and descriptions can be long. */
const MAX_EXCERPT = 500;

/**
 * A text of somebody outside, as Markdown that shows it literally. It mentions nobody: an issue that
 * is called "@room" must not notify a room.
 */
export function literal(text: string): string {
  return unmentioned(text).replace(/[\\`*_~[\]]/g, "\\$&").replace(/\s+/g, " ").trim();
}

/** The person who caused an event, in bold. */
export function actorNamed(name: string): string {
  return `**${literal(name || "Somebody")}**`;
}

/** Markdown of somebody outside: its markup counts, but it mentions nobody. */
export function unmentioned(markdown: string): string {
  return markdown.replace(/[@\ufe6b\uff20]/g, "$&\u2060");
}

/** A link with a literal label; only the label if the address is none of the web. */
export function link(address: string, label: string): string {
  const words = unmentioned(label).replace(/\s+/g, " ").trim();
  return /^https?:\/\//i.test(address) ? linkTo(address, words || address) : literal(label);
}

/** A name as code: of a branch, a function, … */
export function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replace(/\s+/g, " ")}\``;
}

/** The first lines of a foreign Markdown text as a quotation; empty for an empty text. */
export function excerpt(markdown: string, max = MAX_EXCERPT): string {
  const text = unmentioned(markdown.slice(0, max + 1).trim());
  if (text === "") return "";
  const short = text.length > max ? `${text.slice(0, max).toWellFormed().trimEnd()}…` : text;
  return short.split(/\r?\n/).map((line) => `> ${line}`.trimEnd()).join("\n");
}

/** The parts that are not empty, one a line. */
export function lines(...parts: readonly string[]): string {
  return parts.filter((part) => part.trim() !== "").join("\n");
}
