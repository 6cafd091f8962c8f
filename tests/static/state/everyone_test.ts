/** When the page asks before a message notifies many people. */
import { assertEquals } from "@std/assert";
import { LIMITS } from "../../../lib/protocol/limits.ts";
import { parse } from "../../../lib/protocol/text/markdown/parse.ts";
import { callsMany } from "../../../static/state/everyone.ts";
import { optionsFor } from "../../../static/state/completion.ts";
import { type TestPage } from "../support.ts";
import { pageIn } from "../support.ts";

/** A page of a room with so many members, and of a user with a role. */
function withMembers(count: number, role: "member" | "moderator" | "guest" = "member") {
  const page: TestPage = pageIn(1);
  const members = Array.from({ length: count }, (_, n) => `Member ${n}`);
  const state = { ...page.state, me: { ...page.state.me, role } };
  return { state, room: { ...page.room(), members, memberCount: count } };
}

function asks(count: number, text: string, role?: "member" | "moderator" | "guest") {
  const { state, room } = withMembers(count, role);
  return callsMany(state, room, () => parse(text));
}

const few = LIMITS.confirm_mention_members;
const many = LIMITS.room_mention_members;

Deno.test("the page asks before a message notifies many people", () => {
  assertEquals(asks(few, "@room"), undefined);
  assertEquals(asks(few + 1, "@room, tea?"), "room");
  assertEquals(asks(few + 1, "@HERE, tea?"), "here");
  assertEquals(asks(few + 1, "@here and @room"), "room");
  for (const text of ["tea?", "`@room`", "> @room", "@roommate", "room@here"]) {
    assertEquals(asks(few + 1, text), undefined, text);
  }
  assertEquals(asks(many + 1, "@room"), undefined, "it notifies nobody");
  assertEquals(asks(many + 1, "@room", "moderator"), "room");
  assertEquals(asks(few + 1, "@room", "guest"), undefined);
});

Deno.test("groups are suggested, and everyone where it has an effect", () => {
  const suggested = (text: string, count: number, role?: "member" | "moderator") => {
    const { state, room } = withMembers(count, role);
    const groups = [{ group: "Reporters", group_id: "g1", member_count: 3 }];
    const known = { ...state, lists: { groups: { type: "groups" as const, groups } } };
    return optionsFor({ kind: "person", text, start: 0 }, known, room, undefined)
      .flatMap(({ many, insert }) => many === undefined ? [] : [insert]);
  };
  assertEquals(suggested("r", 3), ["@room ", "@Reporters "]);
  assertEquals(suggested("h", 3), ["@here "]);
  assertEquals(suggested("r", many + 1), ["@Reporters "]);
  assertEquals(suggested("r", many + 1, "moderator"), ["@room ", "@Reporters "]);
});
