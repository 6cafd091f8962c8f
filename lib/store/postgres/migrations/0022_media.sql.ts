/** Thumbnails, durations and waveforms of files, and the order in which a room's files are listed. @module */

/** The migration. */
export const MEDIA = `
-- The size of its thumbnail in pixels; the thumbnail is its part -1.
ALTER TABLE files ADD COLUMN thumb_width bigint;
ALTER TABLE files ADD COLUMN thumb_height bigint;
-- Of audio and video, in ms; and the waveform of audio, a character for each value.
ALTER TABLE files ADD COLUMN duration bigint;
ALTER TABLE files ADD COLUMN peaks text;
-- Pictures of link previews have the place 1000, and are not listed.
CREATE INDEX files_seen ON files (room, seq)
  WHERE seq IS NOT NULL AND place < 1000 AND substr(type, 1, 6) IN ('image/', 'video/');
CREATE INDEX files_unseen ON files (room, seq)
  WHERE seq IS NOT NULL AND place < 1000 AND substr(type, 1, 6) NOT IN ('image/', 'video/');
`;
