/**
 * Defines `add_file_part`: it appends a part to an upload, unless all files together would then be
 * larger than `total` bytes. It returns whether it did.
 */
export const ADD_FILE_PART = `
CREATE OR REPLACE FUNCTION add_file_part(file text, part bytea, total bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  grown record;
BEGIN
  UPDATE file_usage SET bytes = bytes + length(part) WHERE bytes + length(part) <= total;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE files f SET size = f.size + length(part), parts = f.parts + 1
  WHERE f.id = file AND f.type IS NULL RETURNING f.number, f.parts INTO grown;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Cannot add part: there is no such file under way';
  END IF;
  INSERT INTO file_parts (file, place, bytes) VALUES (grown.number, grown.parts - 1, part);
  RETURN true;
END $$;
`;
