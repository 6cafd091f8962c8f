/** How the server is: its figures as a table that stays up to date, with what they were before. */
import { useEffect, useState } from "preact/hooks";
import { call, isRefused } from "../api.ts";
import { type Figure, type Line, linesOf, type Reading, startOf, type Unit } from "../figures.ts";
import { momentOf } from "../format.ts";
import { locale } from "../language.ts";
import { strings } from "../strings.ts";
import { asides } from "../strings/aside.ts";

/** How often the figures are asked for, in ms. */
const EVERY = 2_000;
/** How many readings are kept: three minutes of them. */
const KEPT = 90;

/** The table. */
export function Figures() {
  const { readings, version, error } = useReadings();
  const t = asides.manage.figures;
  const latest = readings.at(-1);
  const started = latest && startOf(latest);
  return (
    <div class="figures">
      <p class="form-error" role="alert">{error}</p>
      {readings.length === 0 ? <p class="quiet">{strings.loading}</p> : (
        <table>
          <caption class="quiet">{t.caption(KEPT * EVERY / 60_000)}</caption>
          <thead>
            <tr>
              <th scope="col">{t.what}</th>
              <th scope="col">{t.now}</th>
              <th scope="col">{t.lowest}</th>
              <th scope="col">{t.highest}</th>
              <td />
            </tr>
          </thead>
          <tbody>{linesOf(readings).map((line) => <Row key={line.name} line={line} />)}</tbody>
        </table>
      )}
      {started && (
        <p class="quiet">
          {t.running(version, momentOf(started))}
        </p>
      )}
    </div>
  );
}

function Row({ line: { name, unit, now, past } }: { line: Line }) {
  const known = past.filter((value) => value !== undefined);
  return (
    <tr>
      <th scope="row">{asides.manage.figures.names[name]}</th>
      <td>{show(now, unit)}</td>
      <td>{show(known.length > 0 ? Math.min(...known) : undefined, unit)}</td>
      <td>{show(known.length > 0 ? Math.max(...known) : undefined, unit)}</td>
      <td>
        <Sparkline values={past} />
      </td>
    </tr>
  );
}

/** A line without words or scale. Decoration. */
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
      return asides.manage.figures.perSecond(number.format(value));
    case "ms":
      return milliseconds.format(value);
    case "bytes":
      return value < 1e6 ? kilobytes.format(value / 1e3) : megabytes.format(value / 1e6);
  }
}

/** Asks the server again and again, while somebody looks. */
function useReadings() {
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  const [version, setVersion] = useState("");
  const [error, setError] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown = true;
    const read = async () => {
      if (!document.hidden) {
        const answer = await call<{ version: string; figures: Figure[] }>("GET", "/api/figures");
        if (!shown) return;
        setError(isRefused(answer) ? answer.detail : "");
        if (!isRefused(answer)) {
          setVersion(answer.version);
          const reading = { at: performance.now(), figures: answer.figures };
          setReadings((before) => [...before, reading].slice(-KEPT));
        }
      }
      timer = setTimeout(read, EVERY);
    };
    void read();
    return () => {
      shown = false;
      clearTimeout(timer);
    };
  }, []);
  return { readings, version, error };
}
