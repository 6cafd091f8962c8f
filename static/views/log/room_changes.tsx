/** Says in the log what was changed about the room. */
import { durationOf } from "../../strings/deferred_format.ts";
import { spanOf, titleOf } from "../../strings/format.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import type { RoomChanged } from "../../state/types.ts";
import type { RoomChangesProps } from "../shared/deferred_views.ts";

/** The changes of a room between two places in its log, each as a small line. */
export function RoomChanges({ room, after, before }: RoomChangesProps) {
  return (
    <>
      {room.roomChanges?.filter(({ seq }) => seq > after && seq < before).map((event) => (
        <div key={event.seq} class="log-note quiet">
          {linesOf(event).map((line) => <p key={line}>{line}</p>)}
        </div>
      ))}
    </>
  );
}

/** The texts of each right that a room leaves to everyone, and to its hosts. */
const rights = [
  ["may_post", ["everyonePosts", "hostsPost"]],
  ["may_invite", ["everyoneInvites", "hostsInvite"]],
  ["may_pin", ["everyonePins", "hostsPin"]],
] as const;

function linesOf(event: RoomChanged): readonly string[] {
  const { sender: by, name, title, kind, archived, locked, threads, previews } = event;
  const { slow_seconds: slow, retention_days: days } = event;
  const t = deferredStrings.roomChanges;
  const lines: readonly (string | false)[] = [
    name !== undefined && t.name({ by, value: titleOf(name) }),
    title !== undefined && (title === "" ? t.noTitle({ by }) : t.title({ by, value: title })),
    kind !== undefined && (kind === "private" ? t.private({ by }) : t.public({ by })),
    archived !== undefined && (archived ? t.archived({ by }) : t.unarchived({ by })),
    locked !== undefined && (locked ? t.locked({ by }) : t.unlocked({ by })),
    slow !== undefined && (slow === 0 ? t.notSlow({ by }) : t.slow({ by, value: spanOf(slow) })),
    threads !== undefined && (threads ? t.threads({ by }) : t.noThreads({ by })),
    days !== undefined &&
    (days === 0 ? t.noRetention({ by }) : t.retention({ by, value: durationOf(days * 86_400) })),
    previews !== undefined && (previews ? t.previews({ by }) : t.noPreviews({ by })),
    ...rights.flatMap(([field, texts]) => {
      const value = event[field];
      return value === undefined ? [] : [t[texts[value === "hosts" ? 1 : 0]]({ by })];
    }),
  ];
  return lines.filter((line) => line !== false);
}
