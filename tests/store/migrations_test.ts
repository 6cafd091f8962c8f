import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { migrate, SCHEMA_VERSION, schemaVersion } from "../../lib/store/migrations.ts";

const STEPS = [
  "CREATE TABLE one (a)",
  "CREATE TABLE two (a); INSERT INTO two VALUES (1)",
  "ALTER TABLE two ADD COLUMN b; UPDATE two SET b = a + 1",
];

function tables(db: DatabaseSync): readonly unknown[] {
  return db.prepare("SELECT name FROM sqlite_schema ORDER BY name").all().map(({ name }) => name);
}

Deno.test("migrations: a file takes the steps that it has not taken yet, in order", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db, STEPS.slice(0, 1));
  assertEquals([schemaVersion(db), tables(db)], [1, ["one"]]);
  migrate(db, STEPS);
  migrate(db, STEPS);
  assertEquals([schemaVersion(db), tables(db)], [3, ["one", "two"]]);
  assertEquals({ ...db.prepare("SELECT * FROM two").get() }, { a: 1, b: 2 });
});

Deno.test("migrations: a step that fails leaves the file where it was", () => {
  using db = new DatabaseSync(":memory:");
  const broken = [...STEPS.slice(0, 1), "CREATE TABLE two (a); CREATE TABLE one (a)"];
  for (let n = 0; n < 2; n++) {
    assertThrows(() => migrate(db, broken));
    assertEquals([schemaVersion(db), tables(db), db.isTransaction], [1, ["one"], false]);
  }
  migrate(db, STEPS);
  assertEquals(schemaVersion(db), 3);
});

Deno.test("migrations: a new file gets the present schema", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db);
  assertEquals(schemaVersion(db), SCHEMA_VERSION);
  assertEquals(db.prepare("PRAGMA foreign_key_check").all(), []);
});
