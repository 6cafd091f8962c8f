/** When the user wants no notifications: for a while, and at the same hours of every week. */
import { useState } from "preact/hooks";
import { DAYS, type Quiet, quietEnd, type QuietRange } from "../../../lib/protocol/quiet.ts";
import type { CommandOf } from "../../../lib/protocol/frames.ts";
import { soonOf, weekdayOf } from "../../strings/deferred_format.ts";
import type { PageState } from "../../state/reducer.ts";
import { deferredStrings } from "../../strings/deferred.ts";
import { ActButton } from "../shared/act_button.tsx";
import { IconButton } from "../shared/parts.tsx";
import { Select } from "../shared/select.tsx";
import { useAskOrder } from "../shared/use_ask.ts";

const MINUTE_MS = 60_000;

/** The hour at which "until tomorrow" ends. */
const MORNING = 8;

/** The hours that a user who adds quiet hours most likely wants. */
const nights: QuietRange = { days: DAYS, from: "22:00", to: "07:00" };

const t = deferredStrings.you.quiet;

/** The settings; they apply to all devices of the user. */
export function QuietSettings({ state }: { state: PageState }) {
  const ask = useAskOrder();
  const { quiet, ready } = state;
  const set = (fields: Omit<CommandOf<"set_quiet">, "type">) =>
    ask({ type: "set_quiet", ...fields });
  return (
    <fieldset disabled={!ready}>
      <legend>
        {t.title}
        <small class="quiet">{t.hint}</small>
      </legend>
      <ForNow quiet={quiet} save={(until) => set({ until })} />
      <Weekly
        key={JSON.stringify([quiet?.weekly, quiet?.time_zone])}
        quiet={quiet}
        most={state.limits.quiet_ranges}
        save={(weekly, time_zone) => set({ weekly, time_zone })}
      />
    </fieldset>
  );
}

/** The answer to what was sent. */
type Saving = ReturnType<ReturnType<typeof useAskOrder>>;

/** Do not disturb, from now on. */
function ForNow(props: { quiet: Quiet | undefined; save: (until: number) => Saving }) {
  const { quiet, save } = props;
  const now = Date.now();
  const { until = 0 } = quiet ?? {};
  const end = quietEnd(quiet, now);
  if (until > now) {
    return (
      <div class="quiet-now">
        <span role="status">{t.on({ until: soonOf(end ?? until, now) })}</span>
        <ActButton act={() => save(0)}>{t.end}</ActButton>
      </div>
    );
  }
  const choices: readonly (readonly [label: string, until: () => number])[] = [
    [t.halfHour, () => Date.now() + 30 * MINUTE_MS],
    [t.hour, () => Date.now() + 60 * MINUTE_MS],
    [t.tomorrow, tomorrow],
  ];
  return (
    <div class="quiet-now">
      {end !== undefined && <span role="status">{t.on({ until: soonOf(end, now) })}</span>}
      {choices.map(([label, untilOf]) => (
        <ActButton key={label} act={() => save(untilOf())}>{label}</ActButton>
      ))}
    </div>
  );
}

function tomorrow(): number {
  const date = new Date();
  date.setDate(date.getDate() + 1);
  return date.setHours(MORNING, 0, 0, 0);
}

function Weekly(props: {
  quiet: Quiet | undefined;
  /** How many ranges the server keeps. */
  most: number;
  save: (weekly: readonly QuietRange[], timeZone: string) => Saving;
}) {
  const { weekly: saved = [], time_zone: savedZone } = props.quiet ?? {};
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [ranges, setRanges] = useState<readonly QuietRange[]>(saved);
  const [zone, setZone] = useState(savedZone ?? here);
  const isChanged = JSON.stringify([ranges, zone]) !== JSON.stringify([saved, savedZone ?? here]);
  const isIncomplete = ranges.some(({ days, from, to }) =>
    days.length === 0 || from === "" || to === ""
  );
  return (
    <div class="quiet-weekly">
      {ranges.map((range, index) => (
        <Range
          key={index}
          number={index + 1}
          range={range}
          onChange={(next) => setRanges(ranges.with(index, next))}
          onRemove={() => setRanges(ranges.toSpliced(index, 1))}
        />
      ))}
      {ranges.length < props.most && (
        <button
          type="button"
          onClick={() => setRanges([...ranges, nights])}
        >
          {t.add}
        </button>
      )}
      {ranges.length > 0 && (
        <Select label={t.zone} value={zone} options={zonesWith(zone)} onChange={setZone} />
      )}
      {isIncomplete && <p class="form-error" role="alert">{t.incomplete}</p>}
      {isChanged && (
        <ActButton
          class="primary"
          disabled={isIncomplete}
          act={() => props.save(ranges, zone)}
        >
          {t.save}
        </ActButton>
      )}
    </div>
  );
}

function zonesWith(zone: string): readonly (readonly [value: string, label: string])[] {
  const known = new Set([zone, ...Intl.supportedValuesOf("timeZone"), "UTC"]);
  return [...known].sort().map((name) => [name, name.replaceAll("_", " ")]);
}

function Range(props: {
  number: number;
  range: QuietRange;
  onChange: (range: QuietRange) => void;
  onRemove: () => void;
}) {
  const { number, range, onChange, onRemove } = props;
  const { days, from, to } = range;
  const toggle = (day: QuietRange["days"][number], on: boolean) =>
    onChange({ ...range, days: DAYS.filter((one) => one === day ? on : days.includes(one)) });
  return (
    <fieldset class="quiet-range">
      <legend class="sr-only">{t.range({ number })}</legend>
      <div class="segments">
        {DAYS.map((day) => (
          <label key={day}>
            <input
              type="checkbox"
              checked={days.includes(day)}
              onChange={(event) => toggle(day, event.currentTarget.checked)}
            />
            <span>{weekdayOf(DAYS.indexOf(day))}</span>
          </label>
        ))}
      </div>
      <div class="quiet-times">
        <input
          type="time"
          required
          aria-label={t.from}
          value={from}
          onInput={(event) => onChange({ ...range, from: event.currentTarget.value })}
        />
        <span aria-hidden="true">–</span>
        <input
          type="time"
          required
          aria-label={t.to}
          value={to}
          onInput={(event) => onChange({ ...range, to: event.currentTarget.value })}
        />
        <IconButton icon="trash" label={deferredStrings.remove} onClick={onRemove} />
      </div>
    </fieldset>
  );
}
