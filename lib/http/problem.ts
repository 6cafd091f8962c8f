/**
 * HTTP errors as RFC 9457 problem details.
 *
 * @module
 */
import { STATUS_TEXT } from "@std/http/status";
import { ERRORS, type Refusal } from "../protocol/errors.ts";

/**
 * Creates the response for a refusal.
 *
 * @param refusal Its `code` determines the status; `retry_after` (ms) becomes `Retry-After` (s).
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
      // RFC 9110 section 11.6.1: a 401 names a way to authenticate.
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...headers,
    },
  });
}
