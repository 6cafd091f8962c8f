import { assertEquals } from "@std/assert";
import { inRoom } from "../../../static/state/threads.ts";
import { shownTimeline } from "../../../static/state/timeline.ts";
import { goalOf } from "../../../static/views/log/jump.ts";
import { joined, pageIn, said } from "../support.ts";

/** Where a jump leads on a page that has loaded these messages as the end of a longer log. */
function goal(seq: number, messages: readonly object[], more: boolean) {
  const page = pageIn(0);
  page.lose();
  page.connect();
  const end = { ...joined({ seq: 200, truncated: true, more }), messages };
  page.get({ ...end, key: page.joinKey("lobby") });
  const room = page.room();
  return goalOf(room, inRoom(shownTimeline(room)), { room: room.key, seq });
}

const reply = (seq: number) => ({ ...said(seq), thread: 1 });

Deno.test("a jump leads to the message, to the next one, or to the last one", () => {
  const messages = [said(190), said(195), said(200)];
  assertEquals(goal(195, messages, true), { seq: 195 });
  assertEquals(goal(196, messages, true), { seq: 200 });
  assertEquals(goal(300, messages, true), { seq: 200 });
});

Deno.test("a jump waits for its message, also where all that is loaded are replies of threads", () => {
  assertEquals(goal(2, [said(190), said(200)], true), undefined);
  assertEquals(goal(2, [reply(190), reply(200)], true), undefined);
});

Deno.test("in a log that shows nothing a jump leads nowhere", () => {
  assertEquals(goal(2, [], false), "nowhere");
  assertEquals(goal(195, [reply(190), reply(200)], true), "nowhere");
});
