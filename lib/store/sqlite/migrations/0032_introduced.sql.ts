/** Adds whether members have hidden what a room begins with. @module */

/** The migration. */
export const INTRODUCED = `
-- Since when the page leaves out for the member what the room begins with.
ALTER TABLE members ADD COLUMN introduced_at INTEGER;
`;
