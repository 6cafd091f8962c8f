/** Previews of links. @module */

/** The migration. */
export const PREVIEWS = `
-- Whether links get previews; NULL: yes.
ALTER TABLE rooms ADD COLUMN previews INTEGER;

-- Messages whose link the server has still to look up. due_at is when an instance does it next: it
-- claims a job by moving due_at, and counts the attempt. id is the key of the event that follows.
CREATE TABLE preview_jobs (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX preview_jobs_by_time ON preview_jobs (due_at);
`;
