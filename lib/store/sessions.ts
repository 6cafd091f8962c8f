/** Milliseconds for which a session counts as just used: most uses then write nothing. */
export const SEEN_PRECISION = 3_600_000;
