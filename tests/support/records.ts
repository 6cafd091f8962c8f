import { DEFAULT_RIGHTS } from "../../lib/chat/events/rights.ts";
import type { Role } from "../../lib/protocol/frames.ts";
import type { Account, RoomRecord } from "../../lib/store/records.ts";

/** An account as a store returns it. Its public id follows from its row id. */
export function accountOf(id: number, name: string, role: Role = "member"): Account {
  return { id, publicId: `person-${id}`, name, role };
}

/** A public room as a store returns it, with overrides. */
export function roomRecordOf(
  id: number,
  name: string,
  rest: Partial<Omit<RoomRecord, "id" | "name">> = {},
): RoomRecord {
  const empty = {
    kind: "public",
    title: null,
    seq: 0,
    people: null,
    pair: null,
    isOver: false,
    host: null,
    archived: false,
    deleted: false,
    locked: false,
    slowMs: 0,
    threads: true,
    retentionDays: 0,
    previews: true,
    ...DEFAULT_RIGHTS,
  } as const;
  return { id, publicId: `room-${id}`, name, ...empty, ...rest };
}
