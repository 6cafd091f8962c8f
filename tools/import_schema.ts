/**
 * The JSON Schema of one line of a file that `import` reads: `docs/import.schema.json`. What an import
 * completes is not required (see `lib/transfer/completion.ts`), so that it fits what a converter
 * writes as well as a complete export.
 *
 * @module
 */
import type { Field } from "../lib/chat/events/event.ts";
import { EVENTS } from "../lib/chat/events/index.ts";
import { LEVELS } from "../lib/protocol/limits.ts";
import { FIELD_COLUMNS } from "../lib/store/sql/rows.ts";
import { COMPLETED } from "../lib/transfer/completion.ts";
import { type FieldType, FORMAT, type Kind, KINDS } from "../lib/transfer/records.ts";

/** A schema, or a part of one. */
type JsonSchema = { readonly [key: string]: unknown };

const TYPES: Readonly<Record<string, JsonSchema>> = {
  number: { type: "integer" },
  text: { type: "string" },
  boolean: { type: "boolean" },
  bytes: { type: "string", contentEncoding: "base64" },
};

/** The values of fields that are words of a list. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  "account.role": ["owner", "moderator", "member", "guest", "bot"],
  "room.kind": ["public", "private", "direct"],
  "member.level": LEVELS,
};

function fieldSchema(kind: Kind, name: string, type: FieldType): JsonSchema {
  const words = WORDS[`${kind.type}.${name}`];
  return words === undefined ? TYPES[type.replace("?", "")]! : { enum: words };
}

function recordSchema(kind: Kind): JsonSchema {
  const fields = Object.entries(kind.fields);
  const completed = COMPLETED[kind.type] ?? [];
  const required = fields
    .filter(([name, type]) => !type.endsWith("?") && !completed.includes(name))
    .map(([name]) => name)
    // A converter may leave it out: the import makes it from the number.
    .filter((name) => name !== "public_id");
  return {
    description: kind.about,
    type: "object",
    properties: {
      type: { const: kind.type },
      ...Object.fromEntries(
        fields.map(([name, type]) => [name, fieldSchema(kind, name, type)]),
      ),
    },
    required: ["type", ...required],
    additionalProperties: false,
    ...(kind.type === "event" ? { allOf: EVENTS.map(eventSchema) } : {}),
  };
}

/** What a kind of event has, beside what every event has. */
function eventSchema({ kind, about, fields }: (typeof EVENTS)[number]): JsonSchema {
  const own = Object.values<Field>(fields).filter(({ inTarget }) => !inTarget);
  const columns = own.flatMap(({ column, optional }) =>
    column === undefined ? [] : [{ column, optional }]
  );
  const inPayload = own.some(({ column, optional }) => column === undefined && !optional);
  const names = columns.map(({ column }) => column);
  const others = [...FIELD_COLUMNS.keys()].filter((column) => !names.includes(column));
  return {
    if: { properties: { kind: { const: kind } } },
    then: {
      description: about,
      required: [
        ...columns.filter(({ optional }) => !optional).map(({ column }) => column),
        ...(inPayload ? ["payload"] : []),
      ],
      properties: Object.fromEntries(others.map((column) => [column, false])),
    },
  };
}

/** Makes the schema. */
export function importSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A line of a file that Hubbub imports",
    oneOf: [
      {
        description: "the first line; `source` names another system, whose records are completed",
        type: "object",
        properties: {
          type: { const: "hubbub" },
          format: { const: FORMAT },
          source: { type: "string", minLength: 1 },
        },
        required: ["type", "format"],
        additionalProperties: false,
      },
      ...KINDS.map(({ type }) => ({ $ref: `#/$defs/${type}` })),
      {
        description: "the last line; `records` is the number of lines between it and the first",
        type: "object",
        properties: { type: { const: "end" }, records: { type: "integer", minimum: 0 } },
        required: ["type", "records"],
        additionalProperties: false,
      },
    ],
    $defs: Object.fromEntries(KINDS.map((kind) => [kind.type, recordSchema(kind)])),
  };
}

/** Where the schema is. */
export const SCHEMA_FILE = new URL("../docs/import.schema.json", import.meta.url);

/** The text of the file. */
export function schemaText(): string {
  return `${JSON.stringify(importSchema(), null, 2)}\n`;
}
