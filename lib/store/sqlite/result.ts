/** SQLite's primary result code, the low byte of what the driver reports; 0 where it is none. */
export function resultCode(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  // The driver's constructor reports no code.
  return error.message.startsWith("unable to open database file") ? 14 : 0;
}
