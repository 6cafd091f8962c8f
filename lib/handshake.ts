/**
 * The server's side of the opening handshake (RFC 6455 section 4.2): everything is checked before
 * the upgrade, because after it there is no refusing any more.
 *
 * @module
 */
import { problem } from "./problem.ts";
import { type Subprotocol, SUBPROTOCOLS } from "./protocol.ts";

/**
 * Checks the form of an upgrade request.
 *
 * @returns The refusal: 405, 426 or 400; `null` where there is nothing to refuse.
 */
export function checkHandshake(request: Request): Response | null {
  const { headers, method } = request;
  if (method !== "GET") return problem({ code: "method_not_allowed" }, { allow: "GET" });
  const upgrades = listed(headers.get("upgrade")).includes("websocket") &&
    listed(headers.get("connection")).includes("upgrade");
  if (!upgrades || headers.get("sec-websocket-version") !== "13") {
    // Section 4.4: a server says which version it speaks.
    return problem({ code: "upgrade_required" }, {
      "upgrade": "websocket",
      "connection": "upgrade",
      "sec-websocket-version": "13",
    });
  }
  // Section 4.1: 16 bytes in base64.
  if (/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(headers.get("sec-websocket-key") ?? "")) return null;
  return problem({ code: "bad_request", message: "Sec-WebSocket-Key must be 16 bytes in base64." });
}

/** Which pages may talk to the server. */
export interface OriginRules {
  /** Other origins that may. */
  readonly allowed: readonly string[];
  /**
   * Whether only this machine's own names are ours. A server that listens on the loopback alone is
   * reached by other names only by a proxy, which the settings name, or by a page that had its own
   * name point here (DNS rebinding).
   */
  readonly loopbackOnly: boolean;
}

/**
 * Whether a request may come from where it says it comes from. Browsers always say; programs that
 * say nothing act for nobody else.
 */
export function isOwnOrigin(request: Request, { allowed, loopbackOnly }: OriginRules): boolean {
  const origin = request.headers.get("origin");
  if (origin === null || allowed.includes(origin)) return true;
  const url = URL.parse(origin);
  // A proxy that ends TLS changes the scheme, so that the host alone can be compared.
  if (url === null || url.host !== request.headers.get("host")) return false;
  return !loopbackOnly || LOOPBACK_NAME.test(url.hostname);
}

const LOOPBACK_NAME = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

/** Of the subprotocols that the client offers, and we speak, the one that it likes best. */
export function chooseSubprotocol(request: Request): Subprotocol | null {
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",");
  for (const name of offered) {
    const known = SUBPROTOCOLS.find((one) => one === name.trim());
    if (known !== undefined) return known;
  }
  return null;
}

function listed(header: string | null): string[] {
  return (header ?? "").toLowerCase().split(",").map((part) => part.trim());
}
