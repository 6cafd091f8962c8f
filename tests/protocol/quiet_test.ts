/** Quiet hours follow the clock of a time zone, over midnight and through changes of the clock. */
import { assertEquals } from "@std/assert";
import { isQuiet, type Quiet, quietEnd } from "../../lib/protocol/quiet.ts";

const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"] as const;

/** Nights before workdays in Berlin: 22:00 to 07:00, beginning on Sunday to Thursday. */
const NIGHTS: Quiet = {
  weekly: [{ days: ["sun", "mon", "tue", "wed", "thu"], from: "22:00", to: "07:00" }],
  time_zone: "Europe/Berlin",
};
const LUNCH: Quiet = {
  weekly: [{ days: WORKDAYS, from: "12:00", to: "12:30" }],
  time_zone: "America/New_York",
};
/** The hours around the changes of the clock in Berlin: on 29 March and 25 October 2026 at 01:00 UTC. */
const CHANGES: Quiet = {
  weekly: [{ days: ["sun"], from: "02:30", to: "03:30" }],
  time_zone: "Europe/Berlin",
};
const SUNDAY: Quiet = {
  weekly: [{ days: ["sun"], from: "00:00", to: "00:00" }],
  time_zone: "Asia/Kathmandu",
};
const ALWAYS: Quiet = {
  weekly: [{ days: [...WORKDAYS, "sat", "sun"], from: "08:00", to: "08:00" }],
  time_zone: "UTC",
};

const TABLE: readonly (readonly [quiet: Quiet | null, at: string, isQuiet: boolean])[] = [
  [null, "2026-11-29T22:30:00Z", false],
  [{}, "2026-11-29T22:30:00Z", false],
  // Until a moment, exclusive.
  [{ until: Date.parse("2026-11-29T12:00Z") }, "2026-11-29T11:59:59.999Z", true],
  [{ until: Date.parse("2026-11-29T12:00Z") }, "2026-11-29T12:00:00Z", false],
  // Winter in Berlin is UTC+1. 29 November 2026 is a Sunday.
  [NIGHTS, "2026-11-29T20:59:59.999Z", false],
  [NIGHTS, "2026-11-29T21:00:00Z", true],
  [NIGHTS, "2026-11-30T05:59:59.999Z", true],
  [NIGHTS, "2026-11-30T06:00:00Z", false],
  // Thursday to Friday is quiet, Friday to Saturday is not, nor Saturday to Sunday.
  [NIGHTS, "2026-12-04T01:00:00Z", true],
  [NIGHTS, "2026-12-04T22:00:00Z", false],
  [NIGHTS, "2026-12-05T23:00:00Z", false],
  [NIGHTS, "2026-12-06T03:00:00Z", false],
  // Summer is UTC+2.
  [NIGHTS, "2026-07-06T20:00:00Z", true],
  [NIGHTS, "2026-07-06T19:59:00Z", false],
  [NIGHTS, "2026-07-07T05:00:00Z", false],
  // The end is exclusive; New York is UTC-5 in winter, UTC-4 in summer.
  [LUNCH, "2026-01-05T17:00:00Z", true],
  [LUNCH, "2026-01-05T17:29:59Z", true],
  [LUNCH, "2026-01-05T17:30:00Z", false],
  [LUNCH, "2026-07-06T16:15:00Z", true],
  [LUNCH, "2026-07-06T17:15:00Z", false],
  [LUNCH, "2026-07-05T16:15:00Z", false],
  // On the day after the change in the United States: 8 March 2026.
  [LUNCH, "2026-03-06T17:15:00Z", true],
  [LUNCH, "2026-03-09T16:15:00Z", true],
  // At 02:00 the clock jumps to 03:00: what is left begins there.
  [CHANGES, "2026-03-29T00:59:59Z", false],
  [CHANGES, "2026-03-29T01:00:00Z", true],
  [CHANGES, "2026-03-29T01:29:59Z", true],
  [CHANGES, "2026-03-29T01:30:00Z", false],
  // At 03:00 the clock goes back to 02:00: the hour comes twice.
  [CHANGES, "2026-10-25T00:29:59Z", false],
  [CHANGES, "2026-10-25T00:30:00Z", true],
  [CHANGES, "2026-10-25T00:59:59Z", true],
  [CHANGES, "2026-10-25T01:00:00Z", false],
  [CHANGES, "2026-10-25T01:30:00Z", true],
  [CHANGES, "2026-10-25T02:29:59Z", true],
  [CHANGES, "2026-10-25T02:30:00Z", false],
  // Kathmandu is UTC+5:45; a range with one time is a whole day.
  [SUNDAY, "2026-11-28T18:14:59Z", false],
  [SUNDAY, "2026-11-28T18:15:00Z", true],
  [SUNDAY, "2026-11-29T18:14:59Z", true],
  [SUNDAY, "2026-11-29T18:15:00Z", false],
  [ALWAYS, "2026-02-28T08:00:00Z", true],
  // A zone that this program does not know is never quiet.
  [{ ...NIGHTS, time_zone: "Mars/Olympus" }, "2026-11-29T21:00:00Z", false],
];

Deno.test("quiet hours: a table of moments around midnight, weekends and changes of the clock", () => {
  for (const [quiet, at, expected] of TABLE) {
    assertEquals(isQuiet(quiet, Date.parse(at)), expected, `${JSON.stringify(quiet)} ${at}`);
  }
});

Deno.test("quiet hours end at the last of the ranges that follow each other", () => {
  const end = (quiet: Quiet, at: string) => {
    const found = quietEnd(quiet, Date.parse(at));
    return found === undefined ? undefined : new Date(found).toISOString();
  };
  assertEquals(end(NIGHTS, "2026-11-29T21:00:10Z"), "2026-11-30T06:00:00.000Z");
  assertEquals(end(NIGHTS, "2026-11-29T12:00:00Z"), undefined);
  assertEquals(
    end({ ...NIGHTS, until: Date.parse("2026-11-29T21:30Z") }, "2026-11-29T20:00:00Z"),
    "2026-11-30T06:00:00.000Z",
  );
  assertEquals(
    end({ until: Date.parse("2026-11-29T21:30:07Z") }, "2026-11-29T20:00:00Z"),
    "2026-11-29T21:30:07.000Z",
  );
  const twice: Quiet = {
    weekly: [
      { days: ["sun"], from: "20:00", to: "22:05" },
      { days: ["sun"], from: "22:00", to: "23:10" },
    ],
    time_zone: "UTC",
  };
  assertEquals(end(twice, "2026-11-29T20:00:00Z"), "2026-11-29T23:10:00.000Z");
  assertEquals(end(ALWAYS, "2026-11-29T20:00:00Z"), undefined);
  assertEquals(end(CHANGES, "2026-10-25T01:40:00Z"), "2026-10-25T02:30:00.000Z");
});
