import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import * as v from "valibot";
import { personName, roomName } from "../../lib/protocol/schemas/fields.ts";
import { PeopleNames, RoomNames } from "../../lib/auth/fitting_names.ts";

/** What names become. */
const PEOPLE: Readonly<Record<string, string>> = {
  "Dr. Smith": "Dr. Smith",
  "O’Brien": "O’Brien",
  "D´Arcy": "D'Arcy",
  "ジョン・スミス": "ジョン・スミス",
  "نامه‌ای": "نامه‌ای",
  "admin": "admin",
  "Alice (Алиса)": "Alice",
  "Иван Petrov": "Иван",
  "Alicе Smith": "Smith",
  "Al\u200dice": "Alice",
  "x\u0301\u0301\u0316\u0317b": "x\u0316\u0317b",
  "Zoë!!": "Zoë",
  "Smith Jr.": "Smith Jr",
  "🎉": "U1",
};

const ROOMS: Readonly<Record<string, string>> = {
  "заказ-x5": "заказ-x5",
  "team rocket": "team-rocket",
  "dev-x5заказ": "dev",
  "x5заказ": "room",
  "نامه‌ای": "نامه‌ای",
};

Deno.test("names of another system are fitted to the rules, legal ones stay", () => {
  for (const [name, fitting] of Object.entries(PEOPLE)) {
    assertEquals([name, new PeopleNames().take([name], "U1")], [name, fitting]);
  }
  for (const [name, fitting] of Object.entries(ROOMS)) {
    assertEquals([name, new RoomNames().take(name)], [name, fitting]);
  }
  const names = new PeopleNames();
  const taken = ["Strauß", "Strauss", "STRAUSS"].map((name) => names.take([name], "U1"));
  assertEquals(taken, ["Strauß", "Strauss 2", "STRAUSS 3"]);
  assertEquals([names.take(["🎉"], "U7"), names.take(["🎉"], "🎉")], ["U7", "Somebody"]);
  assertEquals(names.take(["strauß", "Rita"], "U1"), "Rita");
});

Deno.test("a long name gets its number, wherever it has to be cut", () => {
  const long = [
    `${"a".repeat(23)} bcdefgh`,
    `${"ا".repeat(23)}\u200cاب`,
    `${"a".repeat(22)}. bcdefg`,
  ];
  for (const name of long) {
    const names = new PeopleNames();
    const taken = [names.take([name], "U1"), names.take([name], "U2")];
    assertEquals(taken[0], name);
    assert(v.is(personName, taken[1]) && taken[1].endsWith(" 2"), taken[1]);
  }
  const rooms = new RoomNames();
  const name = `${"ا".repeat(55)}\u200c${"ب".repeat(8)}`;
  assertEquals(rooms.take(name), name);
  assert(v.is(roomName, rooms.take(name)));
});

Deno.test("every name can be fitted", () => {
  const text = fc.string({ unit: "binary", maxLength: 50 });
  fc.assert(fc.property(text, (name) => {
    assert(v.is(personName, new PeopleNames().take([name], name)));
    assert(v.is(roomName, new RoomNames().take(name)));
  }));
});
