/**
 * Structured logs: one JSON object a line.
 *
 * @module
 */

/** The levels, from the most to the least talkative. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** How much is logged: this level and the more serious ones. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says beside its message. Never a secret, never what people wrote. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes lines. */
export interface Log {
  /** For whoever looks for a fault. */
  debug(message: string, fields?: Fields): void;
  /** What an operator likes to know. */
  info(message: string, fields?: Fields): void;
  /** What an operator should look at. */
  warn(message: string, fields?: Fields): void;
  /** What is broken. `error` is logged with its stack: here, and nowhere else. */
  error(message: string, error: unknown, fields?: Fields): void;
}

/**
 * @param level What to leave out: everything below it.
 * @param write Takes one finished line.
 */
export function createLog(level: LogLevel, write: (line: string) => void = console.error): Log {
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) => (message: string, fields: Fields = {}) => {
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
