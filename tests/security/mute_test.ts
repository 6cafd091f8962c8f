import { assert, assertEquals } from "@std/assert";
import { isPower, requiresRoom } from "../../lib/auth/permissions.ts";
import { COMMANDS } from "../../lib/commands/dispatch.ts";
import type { ClientFrame, CommandType, ServerFrame } from "../../lib/protocol/frames.ts";
import { clientFrames } from "../../lib/protocol/schemas/frames.ts";
import { needs } from "../support/permissions.ts";
import type { Peer } from "../support/peer.ts";
import {
  accept,
  call,
  person,
  type ServerFixture,
  startServerFixture,
} from "../support/server_fixture.ts";

const permissions = needs("net", "read");

function codeOf(answer: ServerFrame): string {
  return answer.type === "error" ? answer.code : answer.type;
}

/** Whether a muted user may send a command: one that shows no text or name to others. */
type Verdict = "refused" | "ignored" | "allowed" | "moderators'";

/** A verdict for every command that `verdictOn` does not decide. */
const VERDICTS: Readonly<Partial<Record<CommandType, Verdict>>> = {
  room_message: "refused",
  private_message: "refused",
  edit_message: "refused",
  react: "refused",
  create_room: "refused",
  invite: "refused",
  add_members: "refused",
  offer_commands: "refused",
  run_command: "refused",
  answer_command: "refused",
  typing: "ignored",
  join: "allowed",
  resume: "allowed",
  leave: "allowed",
  decline_invitation: "allowed",
  delete_message: "allowed",
  delete_messages: "allowed",
  vote: "refused",
  remove_preview: "allowed",
  close_poll: "refused",
  read: "allowed",
  mark_unread: "allowed",
  follow_thread: "allowed",
  set_quiet: "allowed",
  set_level: "allowed",
  set_room_prefs: "allowed",
  set_draft: "allowed",
  save_message: "allowed",
  schedule_message: "refused",
  cancel_scheduled: "allowed",
  set_reminder: "allowed",
  set_profile: "refused",
  report_message: "allowed",
  history: "allowed",
  search: "allowed",
  block: "allowed",
  watch: "allowed",
  presence: "allowed",
  ping: "allowed",
};

/**
 * Decides for every command that there is. What takes a power, the muted host of a room is refused,
 * and a muted member could not do it anyway. A command that only lists something is allowed.
 */
function verdictOn(type: CommandType): Verdict {
  const { requires } = COMMANDS[type];
  if (isPower(requires)) return requiresRoom(requires) ? "refused" : "moderators'";
  const verdict = type.startsWith("list_") ? "allowed" : VERDICTS[type];
  assert(verdict !== undefined, `Decide whether a muted user may send ${type}`);
  return verdict;
}

const ROOM = "eves-room";

/** Eve hosts a room with Bob in it, has sent a message to it, and is muted. */
async function setUp(fixture: ServerFixture) {
  const { peer: eve, token } = await person(fixture, "Eve");
  const { peer: bob } = await person(fixture, "Bob");
  const { peer: carl } = await person(fixture, "Carl");
  const mo = await fixture.member(fixture.mo);
  await eve.ask({ type: "create_room", room: ROOM, kind: "private" });
  await eve.ask({ type: "invite", room: ROOM, name: "Bob" });
  await accept(bob);
  const said = await eve.ask({ type: "room_message", room: ROOM, message: "before" });
  await mo.ask({ type: "mute", name: "Eve", seconds: 60 });
  const seq = said.type === "room_message" ? said.seq : 0;
  return { eve, bob, carl, mo, token, seq };
}

/** A command of each type that would have an effect if the sender were not muted. */
function frameOf(type: CommandType, seq: number): ClientFrame {
  const all: Partial<Record<CommandType, unknown>> = {
    room_message: { message: "x" },
    private_message: { receiver: "Carl", message: "x" },
    edit_message: { seq, message: "x" },
    delete_message: { seq },
    delete_messages: { seqs: [seq] },
    vote: { seq, options: [] },
    close_poll: { seq },
    react: { seq, emoji: "👍", on: true },
    create_room: { room: "insult", kind: "private", title: "an insult" },
    invite: { name: "Carl" },
    add_members: { names: ["Carl"] },
    decline_invitation: {},
    offer_commands: { commands: [{ command: "x", description: "an insult" }] },
    run_command: { command: "x", text: "an insult" },
    answer_command: { call_id: "x", message: "an insult" },
    kick: { name: "Bob" },
    set_room: { locked: true },
    read: { seq },
    follow_thread: { thread: seq },
    set_level: { level: "all" },
    schedule_message: { message: "x", at: 1 },
    cancel_scheduled: { id: "x" },
    set_profile: { status: { emoji: "", text: "an insult" } },
    set_draft: { message: "not sent", at: 1 },
    set_reminder: { seq, at: 4_000_000_000_000 },
    search: { query: "before", room: undefined },
    block: { name: "Carl", on: true },
    watch: { names: ["Bob"] },
    resume: { rooms: [{ room_id: "none", after: 0, epoch: "e" }] },
    presence: { state: "online" },
  };
  return { type, room: ROOM, seq, on: true, ...all[type] as object } as ClientFrame;
}

Deno.test({
  name: "a muted user cannot show a text or a name to others by any command",
  ...permissions,
  async fn(t) {
    await using fixture = await startServerFixture();
    const { eve, bob, carl, mo, token, seq } = await setUp(fixture);
    const seen = (peer: Peer) => peer.frames.length;
    for (const type of Object.keys(clientFrames) as CommandType[]) {
      const verdict = verdictOn(type);
      if (verdict === "moderators'" || type === "leave" || type.startsWith("delete_message")) {
        continue;
      }
      await t.step(`${type}: ${verdict}`, async () => {
        const marks = [seen(bob), seen(carl)];
        if (verdict === "ignored" || type === "presence") eve.send(frameOf(type, seq));
        else {
          const code = codeOf(await eve.ask(frameOf(type, seq)));
          if (verdict === "refused") assertEquals(code, "muted");
          else assert(code !== "muted", code);
        }
        await eve.sync();
        for (const peer of [bob, carl]) await peer.sync();
        const news = [...bob.frames.slice(marks[0]), ...carl.frames.slice(marks[1])];
        assertEquals(news.filter(({ type }) => !["rooms", "pong"].includes(type)), []);
      });
    }
    // A room that joining would create has a name, too.
    assertEquals(codeOf(await eve.ask({ type: "join", room: "insult" })), "muted");
    const rooms = await carl.ask({ type: "list_rooms" });
    assert(!JSON.stringify(rooms).includes("insult"));
    // The same applies over HTTP.
    for (const room of [ROOM, "@Carl", "general"]) {
      const post = { method: "POST", token, body: { message: "x" } };
      assertEquals((await call(fixture, `/api/rooms/${room}/messages`, post)).code, "muted", room);
    }
    const headers = { "content-type": "application/octet-stream" };
    const upload = { method: "POST", token, raw: "x", headers };
    assertEquals((await call(fixture, `/api/rooms/${ROOM}/files?name=x`, upload)).code, "muted");
    assertEquals(codeOf(await eve.ask(frameOf("delete_message", seq))), "message_deleted");
    await Promise.all([eve, bob, carl, mo].map((peer) => peer.close()));
  },
});
