/**
 * Generates the tables of the documentation from the code: `deno task docs`. A test fails if a table is
 * out of date.
 *
 * @module
 */
import { type Field } from "../lib/chat/events/event.ts";
import { EVENTS, isMessage } from "../lib/chat/events/index.ts";
import { BECOMES } from "../lib/chat/events/message.ts";
import { settingsTable } from "../lib/config/config.ts";
import { KINDS } from "../lib/transfer/records.ts";
import { CLOSE_CODES, ERRORS } from "../lib/protocol/errors.ts";
import { LIMITS } from "../lib/protocol/limits.ts";
import { asyncApi, ASYNCAPI_FILE, openApi, OPENAPI_FILE } from "./api_descriptions.ts";
import { SCHEMA_FILE, schemaText } from "./import_schema.ts";

/** The generated parts by name. Each stands between `<!-- name -->` and `<!-- /name -->`. */
export const PARTS: Readonly<Record<string, () => string>> = {
  "settings": settingsTable,
  "events": () =>
    table(
      ["type", "fields, beside those of every event", "what it is"],
      EVENTS.flatMap((event) => {
        const fields = Object.entries<Field>(event.fields).map(([name, field]) =>
          wireField(field.wire ?? name, field)
        );
        if (!isMessage(event)) return [[`\`${event.type}\``, fields.join(", "), event.about]];
        const later = Object.entries(BECOMES).map(([name, about]) => `\`${name}\`?: ${about}`);
        const states = EVENTS.flatMap(({ state = {} }) => Object.entries<Field>(state))
          .map(([name, field]) => wireField(name, { ...field, optional: true }));
        const all = [...fields, ...later, ...states].join("; ");
        return [
          ["`room_message`", all, event.about],
          ["`private_message`", "as `room_message`", `${event.about} in a direct conversation`],
        ];
      }),
    ),
  "close-codes": () =>
    table(
      ["code", "reason", "reconnect?"],
      Object.values(CLOSE_CODES).map(({ code, reason, reconnect }) => [
        `${code}`,
        reason,
        reconnect ? "yes" : "no",
      ]),
    ),
  "errors": () =>
    table(
      ["code", "HTTP status", "message"],
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

function wireField(name: string, { optional, about }: Field): string {
  return `\`${name}\`${optional ? "?" : ""}: ${about}`;
}

/** The documents that contain generated parts. */
export const DOCUMENTS = ["README.md", "docs/protocol.md", "docs/moving.md"] as const;

/** Returns the text of a document with its generated parts updated. */
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
  await Deno.writeTextFile(SCHEMA_FILE, schemaText());
  await Deno.writeTextFile(OPENAPI_FILE, JSON.stringify(await openApi()));
  await Deno.writeTextFile(ASYNCAPI_FILE, JSON.stringify(asyncApi()));
}
