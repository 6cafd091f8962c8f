/**
 * The server's side of the opening handshake (RFC 6455 section 4.2). Everything is checked before the
 * upgrade: after it, the server can no longer refuse.
 *
 * @module
 */
import { problem } from "./problem.ts";
import { type Subprotocol, SUBPROTOCOLS } from "../protocol/limits.ts";

/**
 * Checks the form of an upgrade request.
 *
 * @returns The refusal with status 405, 426 or 400; `null` if the request is valid.
 */
export function checkHandshake(request: Request): Response | null {
  const { headers, method } = request;
  if (method !== "GET") return problem({ code: "method_not_allowed" }, { allow: "GET" });
  const upgrades = valuesOf(headers.get("upgrade")).includes("websocket") &&
    valuesOf(headers.get("connection")).includes("upgrade");
  if (!upgrades || headers.get("sec-websocket-version") !== "13") {
    // Section 4.4: a server names the version that it supports.
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

/** Returns the first subprotocol in the client's list that the server supports, or `null`. */
export function chooseSubprotocol(request: Request): Subprotocol | null {
  const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",");
  for (const name of offered) {
    const known = SUBPROTOCOLS.find((one) => one === name.trim());
    if (known !== undefined) return known;
  }
  return null;
}

function valuesOf(header: string | null): string[] {
  return (header ?? "").toLowerCase().split(",").map((part) => part.trim());
}
