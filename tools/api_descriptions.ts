/**
 * The machine-readable descriptions of the API, `docs/openapi.json` and `docs/asyncapi.json`, made
 * from the routes, from the schemas that validate what a client sends, and from the types of what
 * the server answers.
 *
 * @module
 */
import { STATUS_TEXT } from "@std/http/status";
import type * as v from "valibot";
import manifest from "../deno.json" with { type: "json" };
import { isOpen } from "../lib/auth/permissions.ts";
import { type Answer, commonRefusals, type Route } from "../lib/http/routes/route.ts";
import { CLOSE_CODES, type ErrorCode, ERRORS } from "../lib/protocol/errors.ts";
import { SUBPROTOCOLS } from "../lib/protocol/limits.ts";
import { clientFrames } from "../lib/protocol/schemas/frames.ts";
import { keyRequest } from "../lib/protocol/schemas/requests.ts";
import { allRoutes } from "../tests/support/routes.ts";
import { parametersOf, schemaOf } from "./json_schema.ts";
import { type JsonSchema, pascalCase, TypeSchemas } from "./type_schemas.ts";

const ROOT = new URL("../", import.meta.url);

/** The description of the API over HTTP. */
export const OPENAPI_FILE = new URL("docs/openapi.json", ROOT);
/** The description of the WebSocket. */
export const ASYNCAPI_FILE = new URL("docs/asyncapi.json", ROOT);

/** The types of what the server sends. */
function typesOfAnswers(): TypeSchemas {
  const files = ["lib/protocol/frames.ts", "lib/protocol/responses.ts"];
  return new TypeSchemas(files.map((path) => new URL(path, ROOT)));
}

const INFO = {
  title: "Hubbub",
  version: manifest.version,
  license: { name: manifest.license, identifier: manifest.license },
};

// HTTP ------------------------------------------------------------------------------------------

/** What stands in a path for each parameter. */
const PATH_PARAMETERS: Readonly<Record<string, JsonSchema>> = {
  room: {
    description: "The name of a room, `@Name` for the conversation with a user, or `id:ROOM_ID`",
    schema: { type: "string" },
  },
  seq: { schema: { type: "integer", minimum: 1 } },
};

/** The description of the API over HTTP (OpenAPI 3.1). */
export async function openApi(): Promise<JsonSchema> {
  const types = typesOfAnswers();
  types.frames("ServerFrame");
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of await allRoutes()) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route, types);
  }
  return {
    openapi: "3.1.1",
    info: { ...INFO, description: "The API over HTTP. The WebSocket is in `asyncapi.json`." },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: types.components,
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        cookie: { type: "apiKey", in: "cookie", name: "hubbub_session" },
        securedCookie: { type: "apiKey", in: "cookie", name: "__Host-hubbub_session" },
      },
    },
  };
}

const NO_SESSION = {};
const SESSIONS = [{ token: [] }, { cookie: [] }, { securedCookie: [] }];

function operation(route: Route, types: TypeSchemas): JsonSchema {
  const { method, path, about, access, body } = route;
  return {
    operationId: operationId(method, path),
    summary: about,
    security: isOpen(access) ? [NO_SESSION, ...SESSIONS] : SESSIONS,
    ...(Array.isArray(access) ? { description: `For these roles: ${access.join(", ")}.` } : {}),
    parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]): JsonSchema => ({
      ...{ name, in: "path", required: true, schema: { type: "string" } },
      ...PATH_PARAMETERS[name],
    })).concat(queryParameters(route), keyParameter(route)),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answers]) => [
          status,
          response(status, [answers].flat(), types),
        ]),
      ),
      ...refusals([...commonRefusals(route), ...route.refuses ?? []], types),
    },
  };
}

/** `getRoomsByRoomMessages` for `GET /api/rooms/{room}/messages`. */
function operationId(method: string, path: string): string {
  const parts = path.replace(/^\/api/, "").split("/").filter((part) => part !== "");
  const words = parts.map((part) => part.replace(/^\{(\w+)\}$/, "by_$1").replaceAll(/\W/g, "_"));
  return method.toLowerCase() + pascalCase(words.join("_"));
}

function queryParameters({ query }: Route): JsonSchema[] {
  if (query === undefined) return [];
  const { properties, required } = parametersOf(query);
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: "query", required: required.includes(name), schema },
  }));
}

function keyParameter({ takesKey }: Route): JsonSchema[] {
  if (!takesKey) return [];
  const description = "Stands for the field `key`: a repeated request has no further effect";
  return [{ name: "Idempotency-Key", in: "header", description, schema: schemaOf(keyRequest) }];
}

function contentOf(body: v.GenericSchema | "stream"): JsonSchema {
  return body === "stream"
    ? { "*/*": { schema: { contentMediaType: "application/octet-stream" } } }
    : { "application/json": { schema: schemaOf(body) } };
}

function response(status: string, answers: readonly Answer[], types: TypeSchemas): JsonSchema {
  const content = answers.filter((answer) => answer !== null).map((answer) =>
    answer.includes("/")
      ? [answer, { schema: { type: "string" } }] as const
      : ["application/json", { schema: types.named(answer) }] as const
  );
  return {
    description: STATUS_TEXT[Number(status)],
    ...(content.length === 0 ? {} : { content: Object.fromEntries(content) }),
  };
}

function refusals(codes: readonly ErrorCode[], types: TypeSchemas): Record<string, JsonSchema> {
  const byStatus = Object.groupBy([...new Set(codes)].sort(), (code) => ERRORS[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes]) => [status, {
      description: STATUS_TEXT[Number(status)],
      content: {
        "application/problem+json": {
          schema: { allOf: [types.named("Problem"), { properties: { code: { enum: codes } } }] },
        },
      },
    }]),
  );
}

// WebSocket -------------------------------------------------------------------------------------

/** The description of the API over the WebSocket (AsyncAPI 3.0). */
export function asyncApi(): JsonSchema {
  const types = typesOfAnswers();
  const sent = [...types.frames("ServerFrame")]
    .map(([type, name]) => [type, message(type, types.named(name))] as const);
  const taken = Object.entries(clientFrames).map(([type, schema]) =>
    [`${type}_command`, message(type, schemaOf(schema))] as const
  );
  const refer = (messages: readonly (readonly [string, JsonSchema])[]) =>
    messages.map(([name]) => ({ $ref: `#/channels/socket/messages/${name}` }));
  const closes = Object.values(CLOSE_CODES).map(({ code, reason }) => `${code} (${reason})`);
  return {
    asyncapi: "3.0.0",
    info: {
      ...INFO,
      license: { name: manifest.license },
      description: "Frames are JSON: one object each, or arrays of them with a subprotocol: " +
        `${SUBPROTOCOLS.join(", ")}. Close codes: ${closes.join("; ")}.`,
    },
    defaultContentType: "application/json",
    channels: {
      socket: {
        address: "/ws",
        messages: Object.fromEntries([...sent, ...taken]),
        bindings: {
          ws: {
            method: "GET",
            query: {
              type: "object",
              properties: {
                name: { type: "string", description: "Connects a guest of this name" },
                ticket: { type: "string", description: "What `POST /api/tickets` returned" },
              },
            },
          },
        },
      },
    },
    operations: {
      command: {
        action: "receive",
        channel: { $ref: "#/channels/socket" },
        summary: "What a client may send",
        messages: refer(taken),
      },
      frame: {
        action: "send",
        channel: { $ref: "#/channels/socket" },
        summary: "What the server sends",
        messages: refer(sent),
      },
    },
    components: { schemas: types.components },
  };
}

function message(type: string, payload: JsonSchema): JsonSchema {
  return { name: type, payload };
}
