/**
 * Compares responses with `docs/openapi.json`: every response that a test gets from a server is one
 * that its description has, with its status, its media type and its content.
 *
 * @module
 */
import Ajv2020 from "ajv/2020";
import openapi from "../../docs/openapi.json" with { type: "json" };

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

/** What a response is compared by. */
export interface Answered {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The value of `content-type`. */
  readonly type: string | null;
  /** The content, if it is JSON and the response has any. */
  readonly body?: unknown;
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const PATHS = openapi.paths as unknown as Paths;

/** The paths with the expressions that match them, those without parameters first. */
const PATTERNS = Object.keys(PATHS)
  .sort((a, b) => a.split("{").length - b.split("{").length)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`) }));

const JSON_TYPE = /\bjson\b/;

// A client ignores fields that it does not know, but a description must name all of them.
// deno-lint-ignore no-explicit-any -- the types of this package do not fit its exports
const ajv = new (Ajv2020 as any)({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(closed(openapi), "api");

/** Forbids fields that an object does not name. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const all = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isObject = all.type === "object" && !("additionalProperties" in all);
  return isObject ? { ...all, additionalProperties: false } : all;
}

/**
 * Finds out how a response differs from the description.
 *
 * @returns `null` if it does not, or if its path is not that of a route.
 */
export function undescribed({ method, path, status, type, body }: Answered): string | null {
  // Deno itself refuses a request whose head is too long or malformed, and says nothing more.
  if (status === 400 && type === null) return null;
  const verb = method === "HEAD" ? "get" : method.toLowerCase();
  // "DELETE /api/passkeys/options" is of the path "/api/passkeys/{id}".
  const matching = PATTERNS.filter(({ pattern }) => pattern.test(path));
  const known = (matching.find(({ path }) => PATHS[path]?.[verb]) ?? matching[0])?.path;
  if (known === undefined || method === "OPTIONS") return null;
  const operation = PATHS[known]![verb];
  if (operation === undefined) {
    const isRefused = [405, 421].includes(status);
    return isRefused ? null : `${method} ${known} is no operation, but has an answer: ${status}`;
  }
  const response = operation.responses[status];
  const code = typeof body === "object" && body !== null && "code" in body ? ` ${body.code}` : "";
  const said = `${method} ${known} answered ${status}${code}`;
  if (response === undefined) return `${said}, which its description does not have`;
  if (method === "HEAD" || response.content === undefined) {
    return body === undefined ? null : `${said} with content, which its description does not have`;
  }
  const media = type?.split(";")[0]?.trim() ?? "";
  const found = [media, "*/*"].find((one) => response.content?.[one] !== undefined);
  if (found === undefined) return `${said} as ${media}, which its description does not have`;
  if (!JSON_TYPE.test(found)) return null;
  const pointer = ["paths", known, verb, "responses", `${status}`, "content", found, "schema"]
    .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
  const validate = ajv.getSchema(`api#/${pointer.join("/")}`);
  return validate(body) ? null : `${said} with other content: ${ajv.errorsText(validate.errors)}`;
}

/**
 * Wraps `fetch`: it throws if the response of a server is not the one that the description has.
 *
 * @param isServer Whether an origin is that of a server of this version.
 */
export function describedFetch(
  fetch: typeof globalThis.fetch,
  isServer: (origin: string) => boolean,
): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const url = new URL(input instanceof Request ? input.url : input);
    if (!isServer(url.origin)) return response;
    const method = init?.method ?? (input instanceof Request ? input.method : "GET");
    const type = response.headers.get("content-type");
    const text = JSON_TYPE.test(type ?? "") ? await response.clone().text() : "";
    const body = text === "" ? {} : { body: JSON.parse(text) };
    const { status } = response;
    const difference = undescribed({ method, path: url.pathname, status, type, ...body });
    if (difference === null) return response;
    await response.body?.cancel();
    throw new Error(
      `${difference}: see the field "answers" or "refuses" of its route, and run ` +
        "deno task docs",
    );
  };
}
