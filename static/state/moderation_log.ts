/**
 * Reads the details of the moderation log, which the server writes as codes.
 *
 * @module
 */

/** The settings of a room, as the log names them. */
const FIELDS = [
  ...["name", "title", "kind", "archived", "locked", "slow_seconds", "threads"] as const,
  ...["retention_days", "may_post", "may_invite", "may_pin"] as const,
] as const;

/** A setting of a room that was changed, and its value as the log has it. */
export interface LoggedRoomChange {
  readonly field: (typeof FIELDS)[number];
  readonly value: string;
}

/**
 * Reads the detail of `set_room`: `locked: true, slow_seconds: 30`.
 *
 * @returns `undefined` if it is not of this form: another version may have written it.
 */
export function roomChangesIn(detail: string): readonly LoggedRoomChange[] | undefined {
  // A topic may contain a comma: a part that begins with no field belongs to the one before.
  const changes: LoggedRoomChange[] = [];
  for (const part of detail.split(", ")) {
    const field = FIELDS.find((field) => part.startsWith(`${field}: `));
    const last = changes.at(-1);
    if (field !== undefined) changes.push({ field, value: part.slice(field.length + 2) });
    else if (last === undefined) return undefined;
    else changes[changes.length - 1] = { ...last, value: `${last.value}, ${part}` };
  }
  return changes;
}
