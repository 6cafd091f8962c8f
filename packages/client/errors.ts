/**
 * The errors that a client throws.
 *
 * @module
 */
import type { ErrorCode, ErrorFrame } from "@hubbub/protocol";

/** The server refused a command: `code` says why, `message` says it to people. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  /** The stable code of the refusal. */
  readonly code: ErrorCode;
  /** How many ms to wait before the next attempt, if the server says so. */
  readonly retryAfter: number | undefined;

  /** @param refusal The server's answer. */
  constructor({ code, message, retry_after }: Omit<ErrorFrame, "type">) {
    super(message);
    this.code = code;
    this.retryAfter = retry_after;
  }

  /** Whether the same command may succeed later. */
  get isTemporary(): boolean {
    return this.code === "try_again" || this.code === "rate_limited";
  }
}

/** The connection was lost before the answer arrived. The client reconnects by itself. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

/** The client is closed for good: by the program, or by the server, which gave a close code. */
export class ClosedError extends Error {
  override readonly name = "ClosedError";
  /** The close code; 1000 if the program closed the client. */
  readonly code: number;

  /** @param code The close code. */
  constructor(code: number) {
    super(`The connection is closed for good (${code}).`);
    this.code = code;
  }
}
