import { assertEquals } from "@std/assert";
import { roomChangesIn } from "../../../static/state/moderation_log.ts";

Deno.test("the changes of a room are read from the moderation log, also a topic with commas", () => {
  assertEquals(roomChangesIn("title: Cats, dogs, locked: true, slow_seconds: 30"), [
    { field: "title", value: "Cats, dogs" },
    { field: "locked", value: "true" },
    { field: "slow_seconds", value: "30" },
  ]);
  assertEquals(roomChangesIn("title: "), [{ field: "title", value: "" }]);
  assertEquals(roomChangesIn("colour: red"), undefined, "another version wrote it");
});
