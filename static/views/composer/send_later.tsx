/** Sends a message of the composer later. */
import { useEffect, useRef, useState } from "preact/hooks";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { titleOf, whenOf } from "../../strings/format.ts";
import { newKey } from "../../util/uuid.ts";
import { useActions } from "../shared/context.ts";
import type { SendLaterProps } from "../shared/deferred_views.ts";
import { Dialog } from "../shared/parts.tsx";
import { ScheduledList } from "../shared/scheduled_list.tsx";
import { useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

const hourMs = 3_600_000;

/** Nine in the morning, a number of days from today, by the clock of the user. */
function morningIn(days: number): number {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9).getTime();
}

/** How many days it is until the next Monday; 7 on a Monday. */
function daysToMonday(): number {
  return (8 - new Date().getDay()) % 7 || 7;
}

/** The dialog: a choice of times, and what waits in this room. */
export function SendLater({ state, room, draft, uploads, onSent, onClose }: SendLaterProps) {
  const { dispatch } = useActions();
  const ask = useAskOrder();
  const task = useTask({ bad_request: "when" });
  const [when, setWhen] = useState("");
  const sent = useRef<string | undefined>(undefined);
  const { scheduled, scheduled_list: list, scheduled_cancelled } = state.lists;
  const t = deferredStrings.later;
  useEffect(() => {
    dispatch({ type: "order", order: { type: "list_scheduled" } });
  }, [state.ready, scheduled_cancelled]);
  // The text leaves the composer only when the server has it.
  useEffect(() => {
    if (scheduled === undefined || scheduled.key !== sent.current) return;
    dispatch({ type: "show_news", news: t.willBeSent({ time: whenOf(scheduled.at, Date.now()) }) });
    for (const { id } of uploads) dispatch({ type: "detach", id });
    onSent();
    onClose();
  }, [scheduled]);
  const schedule = (at: number) => {
    if (at <= Date.now()) return task.fail(deferredStrings.poll.past, "when");
    sent.current = newKey();
    const files = uploads.flatMap(({ file }) => file?.id ?? []);
    const message = { ...draft, ...(files.length === 0 ? {} : { files }), at, key: sent.current };
    void task.run(() => ask({ ...message, type: "schedule_message", room_id: room.key }));
  };
  const waiting = list?.entries.filter(({ room_id }) => room_id === room.key) ?? [];
  const choices = [
    [t.inHour, Date.now() + hourMs],
    [t.tomorrow, morningIn(1)],
    [t.monday, morningIn(daysToMonday())],
  ] as const;
  return (
    <Dialog title={t.sendLaterTo({ room: titleOf(room.name) })} onClose={onClose}>
      {!state.ready && <p role="status">{t.offline}</p>}
      <div class="later-choices">
        {choices.map(([label, at]) => (
          <button
            key={label}
            type="button"
            disabled={!state.ready}
            onClick={() => schedule(at)}
          >
            {label}
          </button>
        ))}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          schedule(new Date(when).getTime());
        }}
      >
        <Field
          label={t.otherTime}
          type="datetime-local"
          value={when}
          onInput={setWhen}
          error={task.errorAt("when")}
          required
        />
        <p class="form-error" role="alert">{task.error}</p>
        <div class="dialog-buttons">
          <button type="button" onClick={onClose}>{strings.cancel}</button>
          <button type="submit" class="primary" disabled={!state.ready}>{t.schedule}</button>
        </div>
      </form>
      {waiting.length > 0 && <h3>{t.scheduled}</h3>}
      <ScheduledList
        entries={waiting}
        about={({ at, failed }) => failed?.message ?? whenOf(at, Date.now())}
      />
    </Dialog>
  );
}
