import { assertEquals } from "@std/assert";
import {
  type MetricSample,
  type MetricSeries,
  type Reading,
  seriesOf,
  startedAt,
} from "../../../static/views/settings/metrics_series.ts";

/** Readings two seconds apart. */
function readings(...statistics: readonly (readonly MetricSample[])[]): Reading[] {
  return statistics.map((statistics, i) => ({ at: 5_000 + i * 2_000, statistics }));
}

function line(of: readonly Reading[], name: MetricSeries["name"]): MetricSeries["past"] {
  return seriesOf(of).find((line) => line.name === name)!.past;
}

const events = (message: number, edit = 0): MetricSample => ({
  name: "hubbub_events_total",
  values: { message, edit },
});

const commits = (...counts: number[]): MetricSample => ({
  name: "hubbub_commit_seconds",
  bounds: [0.001, 0.01, 0.1],
  counts,
  sum: 1,
});

Deno.test("a gauge shows its value", () => {
  const people = (n: number): MetricSample => ({ name: "hubbub_people_online", values: { "": n } });
  const read = readings([people(1)], [people(5)], [people(2)]);
  assertEquals(line(read, "people"), [1, 5, 2]);
  assertEquals(seriesOf(read)[0]?.now, 2);
  assertEquals(seriesOf([])[0]?.now, undefined);
});

Deno.test("a counter becomes a rate, of a single label if one is given", () => {
  assertEquals(line(readings([events(10, 4)], [events(30, 90)], [events(30, 91)]), "messages"), [
    undefined,
    10,
    0,
  ]);
});

Deno.test("a counter that restarts counts from zero", () => {
  assertEquals(line(readings([events(1_000)], [events(6)]), "messages"), [undefined, 3]);
});

Deno.test("a counter without samples has no rate", () => {
  const none: MetricSample = { name: "hubbub_refusals_total", values: {} };
  const some: MetricSample = {
    name: "hubbub_refusals_total",
    values: { forbidden: 2, bad_json: 4 },
  };
  assertEquals(line(readings([none], [some]), "refusals"), [undefined, 3]);
  assertEquals(line(readings([], []), "refusals"), [undefined, undefined]);
});

const TIMES: readonly (readonly [name: string, counts: number[], ms: number | undefined])[] = [
  ["nothing", [0, 0, 0, 0], undefined],
  ["all in the first bucket", [100, 0, 0, 0], 0.95],
  ["all in one bucket", [0, 100, 0, 0], 1 + 9 * 0.95],
  ["most in the first, the rest in the next", [90, 10, 0, 0], 1 + 9 * 0.5],
  ["more than the last bound", [0, 0, 0, 7], 100],
  ["one in twenty past the last bound", [95, 0, 0, 5], 1],
];

for (const [name, counts, ms] of TIMES) {
  Deno.test(`the time within which most events happened: ${name}`, () => {
    const before = [3, 2, 1, 9];
    const after = counts.map((count, i) => count + before[i]!);
    const [, found] = line(readings([commits(...before)], [commits(...after)]), "commits");
    if (ms === undefined) assertEquals(found, undefined);
    else assertEquals(found?.toFixed(9), ms.toFixed(9));
  });
}

Deno.test("the mean commit size covers the commits between two readings", () => {
  const sizes = (sum: number, ...counts: number[]): MetricSample => ({
    name: "hubbub_commit_size",
    bounds: [1, 10],
    counts,
    sum,
  });
  const read = readings([sizes(50, 50, 0, 0)], [sizes(80, 50, 4, 2)], [sizes(80, 50, 4, 2)]);
  assertEquals(line(read, "commitSize"), [undefined, 5, undefined]);
});

Deno.test("the start time is in milliseconds", () => {
  const statistics = [{ name: "process_start_time_seconds", values: { "": 1_700_000_000.5 } }];
  assertEquals(startedAt({ at: 0, statistics }), 1_700_000_000_500);
  assertEquals(startedAt({ at: 0, statistics: [] }), undefined);
});
