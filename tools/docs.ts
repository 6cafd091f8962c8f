/**
 * Writes the tables that the code holds into the documents that print them, so that they cannot
 * drift: `deno task docs`. A test compares.
 *
 * @module
 */
import { settingsTable } from "../lib/config.ts";
import { KINDS } from "../lib/moving/records.ts";
import { CLOSE_CODES, ERRORS, LIMITS } from "../lib/protocol.ts";

/** A generated part: it stands between `<!-- name -->` and `<!-- /name -->`. */
export const PARTS: Readonly<Record<string, () => string>> = {
  "settings": settingsTable,
  "close-codes": () =>
    table(
      ["code", "reason", "come back?"],
      Object.values(CLOSE_CODES).map(({ code, reason, reconnect }) => [
        `${code}`,
        reason,
        reconnect ? "yes" : "no",
      ]),
    ),
  "errors": () =>
    table(
      ["code", "HTTP status", "what people read"],
      Object.entries(ERRORS).map(([code, { status, message }]) => [
        `\`${code}\``,
        `${status}`,
        message,
      ]),
    ),
  "records": () =>
    table(
      ["type", "what it is", "fields"],
      KINDS.map(({ type, about, fields }) => [
        `\`${type}\``,
        about,
        Object.entries(fields).map(([name, kind]) =>
          `\`${name}${kind.endsWith("?") ? "?" : ""}\` ${kind.replace("?", "")}`
        ).join(", "),
      ]),
    ),
  "limits": () =>
    table(
      ["limit", "value"],
      Object.entries(LIMITS).map(([name, value]) => [`\`${name}\``, value.toLocaleString("en")]),
    ),
};

/** The documents with generated parts. */
export const DOCUMENTS = ["README.md", "docs/protocol.md", "docs/moving.md"] as const;

/** A document's text with its generated parts as they should be. */
export function withParts(text: string): string {
  return Object.entries(PARTS).reduce((document, [name, generate]) => {
    const part = new RegExp(`(<!-- ${name} -->\\n)[^]*?(\\n<!-- /${name} -->)`);
    return document.replace(part, (_, open, close) => `${open}\n${generate()}\n${close}`);
  }, text);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  for (const name of DOCUMENTS) {
    const file = new URL(name, root);
    await Deno.writeTextFile(file, withParts(await Deno.readTextFile(file)));
  }
}
