/** Previews of links. @module */

/** The migration. */
export const PREVIEWS = `
-- Whether links get previews; NULL: yes.
ALTER TABLE rooms ADD COLUMN previews boolean;

-- Messages whose link the server has still to look up. due_at is when an instance does it next: it
-- claims a job by moving due_at, and counts the attempt. id is the key of the event that follows.
CREATE TABLE preview_jobs (
  room bigint NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq bigint NOT NULL,
  id text NOT NULL,
  due_at bigint NOT NULL,
  attempts bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (room, seq)
);
CREATE INDEX preview_jobs_by_time ON preview_jobs (due_at);
`;
