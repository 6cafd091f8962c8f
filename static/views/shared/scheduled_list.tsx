/** The messages that wait for their time. */
import type { Notice } from "../../../lib/protocol/frames.ts";
import { wordsOf } from "../../markdown/markdown.ts";
import { gistOf } from "../../state/room.ts";
import { isolated } from "../../strings/isolate.ts";
import { strings } from "../../strings/strings.ts";
import { ActButton } from "./act_button.tsx";
import { useAskOrder } from "./use_ask.ts";

/** A message that waits, as the server lists it. */
export type ScheduledEntry = Extract<Notice, { type: "scheduled_list" }>["entries"][number];

/** Lists messages that wait, each with a button that cancels it. */
export function ScheduledList({ entries, about }: {
  readonly entries: readonly ScheduledEntry[];
  /** What is said of a message below its text. */
  readonly about: (entry: ScheduledEntry) => string;
}) {
  const ask = useAskOrder();
  return (
    <ul class="listing">
      {entries.map((entry) => (
        <li key={entry.id}>
          <span class="listed">
            <strong dir="auto">{wordsOf(gistOf(entry))}</strong>
            <small>{about(entry)}</small>
          </span>
          <ActButton act={() => ask({ type: "cancel_scheduled", id: entry.id })}>
            {strings.cancel}
            <span class="sr-only">{isolated(gistOf(entry))}</span>
          </ActButton>
        </li>
      ))}
    </ul>
  );
}
