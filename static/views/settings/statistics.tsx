/** The server's statistics: a table that stays up to date, with a history of each value. */
import { useEffect, useState } from "preact/hooks";
import { call, isRefused } from "../../net/api.ts";
import {
  type MetricSample,
  type MetricSeries,
  type Reading,
  seriesOf,
  startedAt,
  type Unit,
} from "./metrics_series.ts";
import { momentOf } from "../../strings/format.ts";
import { locale } from "../../strings/language.ts";
import { strings } from "../../strings/strings.ts";
import { deferredStrings } from "../../strings/deferred.ts";

/** The interval between two readings, in ms. */
const READ_INTERVAL = 2_000;
/** How many readings are held: three minutes. */
const READINGS_MAX = 90;

/** The table. */
export function Statistics() {
  const { readings, version, error } = useReadings();
  const t = deferredStrings.manage.statistics;
  const latest = readings.at(-1);
  const started = latest && startedAt(latest);
  return (
    <div class="statistics">
      <p class="form-error" role="alert">{error}</p>
      {readings.length === 0 ? <p class="quiet">{strings.loading}</p> : (
        <table>
          <caption class="quiet">
            {t.caption({ count: READINGS_MAX * READ_INTERVAL / 60_000 })}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t.what}</th>
              <th scope="col">{t.now}</th>
              <th scope="col">{t.lowest}</th>
              <th scope="col">{t.highest}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {seriesOf(readings).map((series) => <Row key={series.name} series={series} />)}
          </tbody>
        </table>
      )}
      {started && (
        <p class="quiet">
          {t.running({ version, since: momentOf(started) })}
        </p>
      )}
    </div>
  );
}

function Row({ series: { name, unit, now, past } }: { series: MetricSeries }) {
  const known = past.filter((value) => value !== undefined);
  return (
    <tr>
      <th scope="row">{deferredStrings.manage.statistics.names[name]}</th>
      <td>{show(now, unit)}</td>
      <td>{show(known.length > 0 ? Math.min(...known) : undefined, unit)}</td>
      <td>{show(known.length > 0 ? Math.max(...known) : undefined, unit)}</td>
      <td>
        <Sparkline values={past} />
      </td>
    </tr>
  );
}

/** A line chart without labels or scale. Decorative. */
function Sparkline({ values }: { values: readonly (number | undefined)[] }) {
  const known = values.map((value) => value ?? 0);
  const top = Math.max(...known);
  const points = known.map((value, i) => `${i},${top === 0 ? 9 : 9 - 8 * value / top}`);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${Math.max(values.length - 1, 1)} 10`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <polyline points={points.join(" ")} />
    </svg>
  );
}

const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

function unitFormat(unit: string) {
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 });
}

const milliseconds = unitFormat("millisecond");
const kilobytes = unitFormat("kilobyte");
const megabytes = unitFormat("megabyte");

function show(value: number | undefined, unit: Unit): string {
  if (value === undefined) return "–";
  switch (unit) {
    case "count":
      return number.format(value);
    case "perSecond":
      return deferredStrings.manage.statistics.perSecond({ value: number.format(value) });
    case "ms":
      return milliseconds.format(value);
    case "bytes":
      return value < 1e6 ? kilobytes.format(value / 1e3) : megabytes.format(value / 1e6);
  }
}

/** Reads the metrics at intervals while the view is open. */
function useReadings() {
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  const [version, setVersion] = useState("");
  const [error, setError] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown = true;
    const read = async () => {
      if (!document.hidden) {
        const answer = await call<{ version: string; statistics: MetricSample[] }>(
          "GET",
          "/api/figures",
        );
        if (!shown) return;
        setError(isRefused(answer) ? answer.detail : "");
        if (!isRefused(answer)) {
          setVersion(answer.version);
          const reading = { at: performance.now(), statistics: answer.statistics };
          setReadings((before) => [...before, reading].slice(-READINGS_MAX));
        }
      }
      timer = setTimeout(read, READ_INTERVAL);
    };
    void read();
    return () => {
      shown = false;
      clearTimeout(timer);
    };
  }, []);
  return { readings, version, error };
}
