/**
 * What the server answers on its port for http when it has a certificate: the challenges of the
 * certificate authority, the probes, and for everything else the address with https.
 *
 * @module
 */
import type { JWK } from "jose";
import { answerChallenge } from "../tls/acme.ts";
import type { HttpServer } from "./http.ts";

/** The dependencies of the handler. */
export interface PlainOptions {
  /** The key of the account at the certificate authority. */
  readonly key: JWK;
  /** The server's address, with https. */
  readonly url: string;
  /** Answers probes, which know neither the name nor the certificate. */
  readonly http: Pick<HttpServer, "handle" | "isProbe">;
}

/** Makes the handler. */
export function createPlainHandler(
  { key, url, http }: PlainOptions,
): (request: Request, peer: string) => Promise<Response> {
  return async (request, peer) => {
    const asked = URL.parse(request.url);
    if (asked === null) return new Response(null, { status: 400 });
    if (http.isProbe(asked)) return await http.handle(request, peer);
    const answer = await answerChallenge(asked.pathname, key);
    if (answer !== null) {
      return new Response(answer, { headers: { "content-type": "application/octet-stream" } });
    }
    // To the server's own name, whatever `Host` says. 308 keeps the method.
    const location = url + asked.pathname + asked.search;
    return new Response(null, { status: 308, headers: { location } });
  };
}
