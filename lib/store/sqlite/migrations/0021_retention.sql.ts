/** Messages that are deleted because of their age. @module */

/** The migration. */
export const RETENTION = `
-- After how many days the room's messages are deleted; NULL: no limit but the server's. Up to
-- expired_seq they were looked at. expiry_due: when the next ones are looked at.
ALTER TABLE rooms ADD COLUMN retention_days INTEGER CHECK (retention_days > 0);
ALTER TABLE rooms ADD COLUMN expired_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN expiry_due INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rooms_by_expiry ON rooms (expiry_due);
CREATE INDEX rooms_with_retention ON rooms (expiry_due) WHERE retention_days IS NOT NULL;

-- Messages that were looked at and stay for now: pinned ones, and roots of threads that have
-- replies. due_at: when they are looked at again.
CREATE TABLE outliving (
  room INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX outliving_by_due ON outliving (due_at);
`;
