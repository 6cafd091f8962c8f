/**
 * JSON Schemas of the schemas that validate what a client sends.
 *
 * @module
 */
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import type { JsonSchema } from "./type_schemas.ts";

const CONFIG: ConversionConfig = {
  target: "draft-2020-12",
  // What only code can check is left out: whether a text is well-formed, for example.
  errorMode: "ignore",
  overrideAction({ valibotAction, jsonSchema }) {
    // A pattern in JSON Schema has the flag `u`, and no other.
    const { type, requirement } = valibotAction as { type: string; requirement?: unknown };
    if (type !== "regex" || !(requirement instanceof RegExp)) return undefined;
    const isPlain = requirement.flags === "" || requirement.flags === "u";
    const { pattern: _pattern, ...rest } = jsonSchema;
    return isPlain ? { ...rest, pattern: requirement.source } : rest;
  },
};

/** Returns the schema of a JSON value that a client sends. */
export function schemaOf(schema: v.GenericSchema): JsonSchema {
  const { $schema: _name, ...rest } = toJsonSchema(schema, CONFIG);
  return rest;
}

/**
 * Returns the schemas of the parameters of a query, by name, and which of them are required. A number
 * is described as one: it is written in digits.
 */
export function parametersOf(
  schema: v.GenericSchema,
): { readonly properties: Readonly<Record<string, JsonSchema>>; readonly required: string[] } {
  const { properties = {}, required = [] } = toJsonSchema(schema, {
    ...CONFIG,
    typeMode: "output",
  });
  return { properties: properties as Record<string, JsonSchema>, required };
}
