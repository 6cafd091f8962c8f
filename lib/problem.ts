/**
 * HTTP errors as RFC 9457 problem details.
 *
 * @module
 */
import { STATUS_TEXT } from "@std/http/status";
import { type ErrorCode, ERRORS, type Refusal } from "./protocol.ts";

/**
 * The response for a refusal.
 *
 * @param refusal Its `code` says the status; `retry_after` (ms) becomes `Retry-After` (s).
 * @param headers Added to the response.
 */
export function problem(refusal: Refusal, headers: Record<string, string> = {}): Response {
  const { code, message, retry_after } = refusal;
  const { status, message: detail }: { status: number; message: string } = ERRORS[code];
  const body = {
    type: `urn:hubbub:error:${code}`,
    title: STATUS_TEXT[status],
    status,
    detail: message ?? detail,
    code,
    ...(retry_after === undefined ? {} : { retry_after }),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(retry_after === undefined ? {} : { "retry-after": `${Math.ceil(retry_after / 1_000)}` }),
      ...headers,
    },
  });
}

/** Whether a value is a refusal. */
export function isRefusal(value: object): value is Refusal {
  return "code" in value && typeof value.code === "string" &&
    Object.hasOwn(ERRORS, value.code as ErrorCode);
}
