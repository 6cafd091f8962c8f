/** Making a poll. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { POLL_OPTIONS } from "../../../lib/chat/events/poll.ts";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { strings } from "../../strings/strings.ts";
import { titleOf } from "../../strings/format.ts";
import type { NewPollProps } from "../shared/deferred_views.ts";
import { Dialog, IconButton } from "../shared/parts.tsx";
import { useTask } from "../shared/task.ts";
import { Field } from "../shared/text_field.tsx";

/** An option as it is being written; its number tells it from others while they move. */
interface WrittenOption {
  readonly id: number;
  readonly text: string;
}

/** The dialog: the question, its options, and the rules of the poll. */
export function NewPoll({ room, onSend, onClose }: NewPollProps) {
  const t = deferredStrings.poll;
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<readonly WrittenOption[]>([
    { id: 1, text: "" },
    { id: 2, text: "" },
  ]);
  const [multiple, setMultiple] = useState(false);
  const [anonymous, setAnonymous] = useState(false);
  const [closes, setCloses] = useState("");
  const task = useTask();
  const submit = () => {
    const texts = options.map(({ text }) => text.trim()).filter((text) => text !== "");
    const closesAt = closes === "" ? undefined : new Date(closes).getTime();
    if (texts.length < POLL_OPTIONS.min) return task.fail(t.tooFew, "options");
    if (new Set(texts).size < texts.length) return task.fail(t.twice, "options");
    if (closesAt !== undefined && closesAt <= Date.now()) return task.fail(t.past, "closes");
    onClose();
    onSend({
      question: question.trim(),
      options: texts,
      ...(multiple ? { multiple } : {}),
      ...(anonymous ? { anonymous } : {}),
      ...(closesAt === undefined ? {} : { closes_at: closesAt }),
    });
  };
  return (
    <Dialog title={t.makeIn({ room: titleOf(room.name) })} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field
          label={t.question}
          value={question}
          required
          autofocus
          maxLength={LIMITS.title_length}
          onInput={setQuestion}
        />
        <Options
          options={options}
          setOptions={setOptions}
          error={task.errorAt("options")}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={multiple}
            onChange={(event) => setMultiple(event.currentTarget.checked)}
          />
          {t.allowSeveral}
        </label>
        {room.kind !== "direct" && (
          <label class="check">
            <input
              type="checkbox"
              checked={anonymous}
              onChange={(event) => setAnonymous(event.currentTarget.checked)}
            />
            {t.makeAnonymous}
          </label>
        )}
        <Field
          label={t.closesAt}
          note={strings.optional}
          type="datetime-local"
          value={closes}
          error={task.errorAt("closes")}
          onInput={setCloses}
        />
        <div class="dialog-buttons">
          <button type="button" onClick={onClose}>{strings.cancel}</button>
          <button type="submit" class="primary" disabled={question.trim() === ""}>{t.send}</button>
        </div>
      </form>
    </Dialog>
  );
}

/** Returns the place of the option to change: the first that is empty or there already. */
function wrongIn(options: readonly WrittenOption[]): number {
  const texts = options.map(({ text }) => text.trim());
  return texts.findIndex((text, index) => text === "" || texts.indexOf(text) < index);
}

/** The options: they can be added, removed and moved, also by the keyboard alone. */
function Options({ options, setOptions, error }: {
  options: readonly WrittenOption[];
  setOptions: (options: readonly WrittenOption[]) => void;
  /** Why the options were refused; the one to change takes the focus. */
  error: string | undefined;
}) {
  const t = deferredStrings.poll;
  const list = useRef<HTMLOListElement>(null);
  const hint = useId();
  const problem = useId();
  /** The option that takes the focus once it is drawn. */
  const [focused, focus] = useState<number>();
  const [news, tell] = useState("");
  // Before the first paint: what the user types at once belongs into the new field.
  useLayoutEffect(() => {
    if (focused === undefined) return;
    list.current?.querySelector<HTMLElement>(`[data-option="${focused}"]`)?.focus();
    focus(undefined);
  }, [focused]);
  const wrong = error === undefined ? -1 : wrongIn(options);
  useEffect(() => {
    if (error !== undefined) focus(options[wrong]?.id);
  }, [error]);
  const add = (at: number) => {
    if (options.length >= POLL_OPTIONS.max) return;
    const id = Math.max(...options.map((one) => one.id)) + 1;
    setOptions(options.toSpliced(at, 0, { id, text: "" }));
    focus(id);
  };
  const remove = (at: number) => {
    const left = options.toSpliced(at, 1);
    setOptions(left);
    focus(left[Math.min(at, left.length - 1)]!.id);
  };
  const move = (at: number, by: number) => {
    const [one, to] = [options[at], at + by];
    if (one === undefined || to < 0 || to >= options.length) return;
    setOptions(options.toSpliced(at, 1).toSpliced(to, 0, one));
    focus(one.id);
    tell(t.moved({ position: to + 1, total: options.length }));
  };
  const onKeyDown = (event: KeyboardEvent, at: number) => {
    if (event.isComposing) return;
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (event.altKey && by !== 0) move(at, by);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) add(at + 1);
    else return;
    event.preventDefault();
  };
  return (
    <fieldset>
      <legend>{t.options}</legend>
      {/* Not in the legend: a screen reader would say it twice. */}
      <small id={hint} class="quiet">
        {t.optionsHint} <span class="keyboard-only">{t.optionsKeys}</span>
      </small>
      <ol class="poll-options" ref={list}>
        {options.map(({ id, text }, index) => {
          const position = index + 1;
          return (
            <li key={id}>
              <input
                type="text"
                data-option={id}
                value={text}
                dir="auto"
                autocomplete="off"
                maxLength={LIMITS.title_length}
                aria-label={t.option({ position })}
                aria-describedby={index === wrong ? problem : hint}
                aria-invalid={index === wrong ? true : undefined}
                onKeyDown={(event) => onKeyDown(event, index)}
                onInput={({ currentTarget: { value } }) =>
                  setOptions(options.with(index, { id, text: value }))}
              />
              {index > 0 && (
                <IconButton
                  icon="down"
                  class="upward"
                  label={t.moveUp({ position })}
                  onClick={() => move(index, -1)}
                />
              )}
              {index < options.length - 1 && (
                <IconButton
                  icon="down"
                  label={t.moveDown({ position })}
                  onClick={() => move(index, 1)}
                />
              )}
              {options.length > POLL_OPTIONS.min && (
                <IconButton
                  icon="close"
                  label={t.remove({ position })}
                  onClick={() => remove(index)}
                />
              )}
            </li>
          );
        })}
      </ol>
      {options.length < POLL_OPTIONS.max && (
        <button
          type="button"
          class="link"
          onClick={() => add(options.length)}
        >
          {t.add}
        </button>
      )}
      <p class="form-error" role="alert" id={problem}>{error}</p>
      <span class="sr-only" role="status">{news}</span>
    </fieldset>
  );
}
