/**
 * Structured logs: one JSON object a line.
 *
 * @module
 */

/** The levels, from the most to the least verbose. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** The lowest level that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The fields of a line beside its message. Never a secret, never a message's text. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A structured log. */
export interface Log {
  /** Details for debugging. */
  debug(message: string, fields?: LogFields): void;
  /** Normal events that an operator may want to see. */
  info(message: string, fields?: LogFields): void;
  /** Events that an operator should look at. */
  warn(message: string, fields?: LogFields): void;
  /** Failures. Only this method logs an error's stack. */
  error(message: string, error: unknown, fields?: LogFields): void;
}

/**
 * Creates a log.
 *
 * @param level The lowest level that is logged.
 * @param write Writes one line.
 */
export function createLog(level: LogLevel, write: (line: string) => void = console.error): Log {
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) => (message: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(name) < threshold) return;
    write(JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields }));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: (message, error, fields = {}) =>
      at("error")(message, {
        ...fields,
        error: error instanceof Error ? error.stack ?? error.message : String(error),
      }),
  };
}
