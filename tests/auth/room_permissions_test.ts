/**
 * The permissions table over the wire: every action in a room, by every role, in every kind of room
 * and in every state. What is expected is said here once more, in other words than the table's.
 */
import { assert, assertEquals } from "@std/assert";
import { isPower, POWERS } from "../../lib/auth/permissions.ts";
import { EVENTS } from "../../lib/chat/events/index.ts";
import { placeOf } from "../../lib/chat/effect.ts";
import { COMMANDS } from "../../lib/commands/dispatch.ts";
import type { Command, CommandType, Role } from "../../lib/protocol/frames.ts";
import type { Account } from "../../lib/store/records.ts";
import { type Device, type HubFixture, openHubFixture } from "../support/hub_fixture.ts";

/** The actor: a role on the server, the host of the room, or a member of another room only. */
const ACTORS = ["owner", "moderator", "host", "member", "bot", "guest", "stranger"] as const;
type Actor = (typeof ACTORS)[number];

const KINDS = ["public", "private", "direct"] as const;
type Kind = (typeof KINDS)[number];

/** What was done to the actor or to the room before the action. */
const STATES = [
  ...["none", "banned", "muted", "blocked", "archived", "locked"] as const,
  ...["hosts post", "hosts invite", "everyone pins"] as const,
] as const;
type State = (typeof STATES)[number];

// What is expected ------------------------------------------------------------------------------

const OWNERS: readonly Actor[] = ["owner"];
const MODERATORS: readonly Actor[] = ["owner", "moderator"];
const HOSTS: readonly Actor[] = [...MODERATORS, "host"];
const MEMBERS: readonly Actor[] = [...HOSTS, "member", "bot", "guest"];

/** The code with which a state stops an action, and the actors whom it does not stop. */
type Stop = readonly [code: string, exempt?: readonly Actor[]];

interface Expected {
  /** Who may do it in a room. */
  readonly who: readonly Actor[];
  /** Who may do it in a direct conversation; nobody if omitted. */
  readonly inDirect?: readonly Actor[];
  readonly stops?: { readonly [S in State]?: Stop };
  /** The state that lets every member do it. */
  readonly opensIn?: State;
  /** The code for other members in a state, instead of `forbidden`. */
  readonly others?: { readonly [S in State]?: string };
}

const WRITING = {
  muted: ["muted"],
  archived: ["room_archived"],
  locked: ["room_locked", HOSTS],
  blocked: ["blocked"],
} as const;
const POSTING: Expected = {
  who: MEMBERS,
  inDirect: MEMBERS,
  stops: { ...WRITING, "hosts post": ["hosts_only", HOSTS] },
};
const RESPONDING: Expected = { who: MEMBERS, inDirect: MEMBERS, stops: WRITING };
const INVITING: Expected = {
  who: MEMBERS,
  stops: { muted: ["muted"], "hosts invite": ["hosts_only", HOSTS] },
};
const DELETING: Expected = {
  who: HOSTS,
  inDirect: MODERATORS,
  stops: { muted: ["forbidden", MODERATORS] },
  others: { archived: "room_archived" },
};
const HOSTING: Expected = { who: HOSTS, stops: { muted: ["muted", MODERATORS] } };

/** Returns the code that an action ends with; `done` if it was carried out. */
function expected(row: Expected, actor: Actor, kind: Kind, state: State): string {
  if (state === "banned") return "banned";
  if (actor === "stranger") return kind === "public" ? "not_a_member" : "no_such_room";
  const who = kind === "direct" ? row.inDirect ?? [] : row.who;
  const isOpen = kind !== "direct" && row.opensIn === state;
  if (!isOpen && !who.includes(actor)) return row.others?.[state] ?? "forbidden";
  // Blocking is about conversations.
  if (state === "blocked" && kind !== "direct") return "done";
  const [code, exempt = []] = row.stops?.[state] ?? ["done"];
  return exempt.includes(actor) ? "done" : code;
}

// The actions -----------------------------------------------------------------------------------

/** A room in a state, with an actor, and with messages of the actor (1, 2) and of Bob (3 to 7). */
interface Scene {
  readonly fixture: HubFixture;
  readonly actor: Device;
  readonly account: Account;
  /** The room. */
  readonly room_id: string;
  /** Another room of the actor's, with a message. */
  readonly elsewhere: string;
}

/** Carries out an action; returns how it ended. */
type Act = (scene: Scene) => Promise<string>;

interface Action extends Expected {
  readonly power: string;
  readonly act: Act;
}

/** An action by a command. */
function send(command: (scene: Scene) => Command): Act {
  return async (scene) => {
    const { actor } = scene;
    actor.forget();
    await actor.do(command(scene));
    const news = actor.news();
    const refusal = news.find((frame) => frame.type === "error");
    if (refusal?.type === "error") return refusal.code;
    const deletion = news.find((frame) => frame.type === "messages_deleted");
    if (deletion?.type === "messages_deleted" && deletion.refused.length > 0) {
      return [...new Set(deletion.refused.map(({ code }) => code))].join();
    }
    // Nobody is there to be answered: a ban ends the connection.
    return news.length === 0 ? "banned" : "done";
  };
}

/** An action that the HTTP API and the webhooks do without a command. */
function call(run: (scene: Scene) => Promise<object> | object): Act {
  return async (scene) => {
    const running = Promise.resolve(run(scene));
    await scene.fixture.clock.settle();
    const result = await running;
    const { outcome = result } = result as { readonly outcome?: object };
    if ("refused" in outcome) return String(outcome.refused);
    return "code" in outcome ? String(outcome.code) : "done";
  };
}

const MESSAGE = { kind: "message", text: "by HTTP", replyTo: null, key: null } as const;
const LATER = Date.UTC(2026, 1, 1);

/** The actions, in this order: the last ones end the room. */
const ACTIONS: Readonly<Record<string, Action>> = {
  "a message": {
    ...{ power: "post", ...POSTING },
    act: send(({ room_id }) => ({ type: "room_message", room_id, message: "hello" })),
  },
  "a reply in a thread": {
    ...{ power: "post", ...POSTING },
    act: send(({ room_id }) => ({ type: "room_message", room_id, message: "hello", thread: 3 })),
  },
  "a forwarded message": {
    ...{ power: "post", ...POSTING },
    act: send(({ room_id, elsewhere }) => ({
      ...{ type: "room_message", room_id, message: "" },
      forward: { room_id: elsewhere, seq: 1 },
    })),
  },
  "a scheduled message": {
    ...{ power: "post", ...POSTING },
    act: send(({ room_id }) => ({ type: "schedule_message", room_id, message: "x", at: LATER })),
  },
  "a message by HTTP or a webhook": {
    ...{ power: "post", ...POSTING },
    act: call(({ fixture, account, room_id }) =>
      fixture.commands.post(account, { room_id }, MESSAGE)
    ),
  },
  "an upload": {
    ...{ power: "post", ...POSTING },
    act: call(({ fixture, account, room_id }) =>
      fixture.commands.writableRoom(account, { room_id })
    ),
  },
  "an edit": {
    ...{ power: "post", ...POSTING },
    act: send(({ room_id }) => ({ type: "edit_message", room_id, seq: 1, message: "other" })),
  },
  "a reaction": {
    ...{ power: "respond", ...RESPONDING },
    act: send(({ room_id }) => ({ type: "react", room_id, seq: 3, emoji: "👍", on: true })),
  },
  "a vote": {
    ...{ power: "respond", ...RESPONDING },
    act: send(({ room_id }) => ({ type: "vote", room_id, seq: 4, options: [0] })),
  },
  "pinning": {
    ...{ power: "pin", who: HOSTS, stops: WRITING, opensIn: "everyone pins" },
    act: send(({ room_id }) => ({ type: "pin_message", room_id, seq: 3, on: true })),
  },
  "deleting an own message": {
    ...{ power: "retract", who: MEMBERS, inDirect: MEMBERS },
    stops: { archived: ["room_archived", HOSTS] },
    act: send(({ room_id }) => ({ type: "delete_message", room_id, seq: 2 })),
  },
  "deleting another member's message": {
    ...{ power: "delete_message", ...DELETING },
    act: send(({ room_id }) => ({ type: "delete_message", room_id, seq: 5 })),
  },
  "deleting several messages of another member": {
    ...{ power: "delete_message", ...DELETING },
    act: send(({ room_id }) => ({ type: "delete_messages", room_id, seqs: [6, 7] })),
  },
  "inviting": {
    ...{ power: "invite", ...INVITING },
    act: send(({ room_id }) => ({ type: "invite", room_id, name: "Zoe" })),
  },
  "adding members": {
    ...{ power: "invite", ...INVITING },
    act: send(({ room_id }) => ({ type: "add_members", room_id, names: ["Zoe"] })),
  },
  "changing the room": {
    ...{ power: "manage_room", ...HOSTING },
    act: send(({ room_id }) => ({ type: "set_room", room_id, title: "About it" })),
  },
  "removing a member": {
    ...{ power: "kick", ...HOSTING },
    act: send(({ room_id }) => ({ type: "kick", room_id, name: "Bob" })),
  },
  "deleting the room": {
    ...{ power: "delete_room", ...HOSTING },
    act: send(({ room_id }) => ({ type: "delete_room", room_id })),
  },
};

/** The powers on the server, which no room and no mute changes for those who have them. */
const ON_SERVER: Readonly<Record<string, readonly [who: readonly Actor[], command: Command]>> = {
  list_bans: [MODERATORS, { type: "list_bans" }],
  moderation_log: [MODERATORS, { type: "moderation_log" }],
  moderate_reports: [MODERATORS, { type: "list_reports" }],
  manage_server: [OWNERS, { type: "set_server", name: "Designers" }],
  manage_emoji: [MODERATORS, { type: "delete_emoji", emoji: ":party:" }],
  manage_groups: [MODERATORS, { type: "set_group", group: "Designers", ids: [] }],
  mute: [MODERATORS, { type: "mute", name: "Zoe", seconds: 60 }],
  ban: [MODERATORS, { type: "ban", name: "Zed" }],
  unban: [MODERATORS, { type: "unban", name: "Zack" }],
  set_role: [OWNERS, { type: "set_role", name: "Zoe", role: "moderator" }],
};

/** Those of routes, which `route_permissions_test.ts` tries; and the meaning of a mention. */
const ELSEWHERE = [
  ...["sign_in_link", "end_sessions", "rename_user", "set_active", "erase_user", "export_user"],
  ...["invite_to_server", "make_bot", "mention_everyone"],
];

// The scene -------------------------------------------------------------------------------------

async function ask(device: Device, command: Command): Promise<void> {
  device.forget();
  await device.do(command);
  const error = device.news().find(({ type }) => type === "error");
  assert(error === undefined, JSON.stringify([command, error]));
}

/** The account of an actor. */
async function actorAccount(fixture: HubFixture, actor: Actor): Promise<Account> {
  if (actor === "host") return await fixture.account("Hanna");
  if (actor === "guest") {
    const guest = await fixture.store.createGuest({ name: "Ann", skeleton: "ann", at: 0 });
    assert(typeof guest === "object");
    return guest;
  }
  const account = await fixture.account("Ann");
  const role: Role = actor === "stranger" ? "member" : actor;
  if (role !== "member") await fixture.store.setRole(account.id, role);
  return { ...account, role };
}

async function prepare(actor: Actor, kind: Kind): Promise<Scene> {
  const fixture = await openHubFixture();
  const account = await actorAccount(fixture, actor);
  // Not the actor's role alone makes the server's owner.
  await fixture.store.setRole((await fixture.account("Olga")).id, "owner");
  for (const name of ["Zoe", "Zed"]) await fixture.account(name);
  await fixture.store.addEmoji({
    ...{ emoji: ":party:", picture: "p", creator: account.id, at: 0 },
    ...{ type: "image/png", bytes: new Uint8Array([1]) },
  });
  const zack = await fixture.account("Zack");
  await fixture.store.ban({ account: zack.id, address: null, reason: "", at: 0 });
  const hanna = await fixture.enter("Hanna");
  const bob = await fixture.enter("Bob");
  const device = actor === "host" ? hanna : await fixture.enter(account.name);
  await ask(device, { type: "create_room", room: "elsewhere", kind: "public" });
  await ask(device, { type: "room_message", room: "elsewhere", message: "from elsewhere" });
  const elsewhere = (await fixture.room("elsewhere", account.name)).record.publicId;
  const said = (message: string) => ({ type: "room_message", message }) as const;
  const poll = { question: "Tea?", options: ["yes", "no"] };
  let room_id: string;
  if (kind === "direct") {
    for (const text of ["one", "two"]) await ask(device, { ...said(text), room: "@Bob" });
    room_id = (await fixture.room("@Bob", account.name)).record.publicId;
  } else {
    await ask(hanna, { type: "create_room", room: "hall", kind });
    const room = await fixture.room("hall", "Hanna");
    room_id = room.record.publicId;
    for (const member of actor === "stranger" ? [bob] : [bob, device]) {
      const { account } = member.connection;
      await fixture.store.addMember(room.id, account.id, 0);
      fixture.effects.emit({ type: "member_added", ...placeOf(room), account });
    }
    const author = actor === "stranger" ? hanna : device;
    for (const text of ["one", "two"]) await ask(author, { ...said(text), room_id });
  }
  await ask(bob, { ...said("three"), room_id });
  await ask(bob, { ...said(""), room_id, poll });
  for (const text of ["five", "six", "seven"]) await ask(bob, { ...said(text), room_id });
  return { fixture, actor: device, account, room_id, elsewhere };
}

async function bring(scene: Scene, state: State): Promise<void> {
  const { fixture, account, room_id } = scene;
  const hanna = await fixture.enter("Hanna");
  const set = (what: object) => ask(hanna, { type: "set_room", room_id, ...what } as Command);
  switch (state) {
    case "none":
      return;
    case "banned":
      await fixture.store.ban({ account: account.id, address: null, reason: "", at: 0 });
      fixture.effects.emit({
        ...{ type: "banned", account, reason: "", addresses: [], everywhere: null },
      });
      return;
    case "muted": {
      const until = LATER;
      await fixture.store.mute(account.id, until);
      fixture.effects.emit({ type: "muted", account, until });
      return;
    }
    case "blocked":
      return await ask(await fixture.enter("Bob"), {
        type: "block",
        id: account.publicId,
        on: true,
      });
    case "archived":
      return await set({ archived: true });
    case "locked":
      return await set({ locked: true });
    case "hosts post":
      return await set({ may_post: "hosts" });
    case "hosts invite":
      return await set({ may_invite: "hosts" });
    case "everyone pins":
      return await set({ may_pin: "everyone" });
    default:
      state satisfies never;
  }
}

/** The length of the room's log. */
async function length({ fixture, room_id }: Scene): Promise<number | undefined> {
  return (await fixture.store.roomByPublicId(room_id))?.seq;
}

/** Whether a kind of room can be in a state, and an actor in that kind of room. */
function isPossible(actor: Actor, kind: Kind, state: State): boolean {
  if (kind !== "direct") return actor !== "stranger" || state !== "banned";
  return actor !== "stranger" && ["none", "banned", "muted", "blocked"].includes(state);
}

for (const kind of KINDS) {
  for (const state of STATES.filter((state) => isPossible("member", kind, state))) {
    Deno.test(`permissions: every action of every role in a ${kind} room: ${state}`, async () => {
      for (const actor of ACTORS.filter((actor) => isPossible(actor, kind, state))) {
        const scene = await prepare(actor, kind);
        await using _ = scene.fixture;
        await bring(scene, state);
        const seq = await length(scene);
        const ended: Record<string, string> = {};
        const meant: Record<string, string> = {};
        for (const [power, [who, command]] of Object.entries(ON_SERVER)) {
          ended[power] = await send(() => command)(scene);
          meant[power] = state === "banned" ? "banned" : who.includes(actor) ? "done" : "forbidden";
        }
        for (const [name, action] of Object.entries(ACTIONS)) {
          ended[name] = await action.act(scene);
          meant[name] = expected(action, actor, kind, state);
        }
        assertEquals({ actor, ...ended }, { actor, ...meant });
        if (actor === "stranger" || state === "banned") assertEquals(await length(scene), seq);
      }
    });
  }
}

// The commands that require no power -------------------------------------------------------------

/** A row: members of the room, or everyone; and the code for actors who may not do it after all. */
interface Plain {
  readonly who: "anyone" | "member";
  readonly command: object;
  readonly refused?: (actor: Actor, kind: Kind) => string | false;
}

const anyone = (command: object = {}): Plain => ({ who: "anyone", command });
const member = (command: object = {}): Plain => ({ who: "member", command });

/** Every command that requires no power, with fields beside its room. The last one ends the room. */
const PLAIN: { readonly [T in CommandType]?: Plain } = {
  join: { who: "anyone", command: { room: "elsewhere" } },
  resume: anyone({ rooms: [] }),
  create_room: anyone({ room: "own", kind: "public" }),
  decline_invitation: {
    ...anyone({ room_id: "none" }),
    refused: () => "no_such_room",
  },
  list_rooms: anyone(),
  list_memberships: anyone(),
  private_message: anyone({ receiver: "Bob", message: "hello" }),
  set_quiet: anyone({ until: LATER }),
  search: anyone({ query: "three" }),
  list_threads: anyone(),
  block: anyone({ name: "Zoe", on: true }),
  list_blocks: anyone(),
  list_emoji: anyone(),
  list_groups: anyone(),
  list_group_members: anyone({ group_id: "none" }),
  list_saved: anyone(),
  list_scheduled: anyone(),
  cancel_scheduled: anyone({ id: "none" }),
  list_reminders: anyone(),
  list_drafts: anyone(),
  set_profile: {
    ...anyone({ status: { emoji: "", text: "away" } }),
    refused: (actor) => actor === "guest" && "forbidden",
  },
  offer_commands: {
    ...anyone({ commands: [] }),
    refused: (actor) => actor !== "bot" && "forbidden",
  },
  answer_command: anyone({ call_id: "none", message: "hello" }),
  presence: anyone({ state: "online" }),
  watch: anyone({ names: ["Bob"] }),
  ping: anyone(),
  list_members: member(),
  room_message: member({ message: "hello" }),
  edit_message: member({ seq: 1, message: "other" }),
  delete_message: member({ seq: 1 }),
  delete_messages: member({ seqs: [2] }),
  react: member({ seq: 3, emoji: "👍", on: true }),
  list_pins: member(),
  list_files: member(),
  list_reactions: member({ seq: 3 }),
  typing: member(),
  read: member({ seq: 3 }),
  mark_unread: member({ seq: 3 }),
  set_level: member({ level: "all" }),
  history: member(),
  follow_thread: member({ thread: 3, on: true }),
  vote: member({ seq: 4, options: [0] }),
  list_votes: member({ seq: 4 }),
  // The poll is Bob's.
  close_poll: {
    ...member({ seq: 4 }),
    refused: (actor, kind) =>
      !(kind === "direct" ? MODERATORS : HOSTS).includes(actor) && "forbidden",
  },
  remove_preview: member({ seq: 3 }),
  save_message: member({ seq: 3, on: true }),
  schedule_message: member({ message: "later", at: LATER }),
  set_reminder: member({ seq: 3, at: LATER }),
  set_draft: member({ message: "not sent", at: 1 }),
  set_room_prefs: member({ favourite: true }),
  report_message: member({ seq: 3 }),
  list_commands: member(),
  run_command: member({ command: "weather" }),
  leave: { ...member(), refused: (_, kind) => kind === "direct" && "forbidden" },
};

for (const kind of KINDS) {
  Deno.test(`permissions: every command without a power, by every role, in a ${kind} room`, async () => {
    for (const actor of ACTORS.filter((actor) => isPossible(actor, kind, "none"))) {
      const scene = await prepare(actor, kind);
      await using _ = scene.fixture;
      const ended: Record<string, string> = {};
      const meant: Record<string, string> = {};
      for (const [type, { who, command, refused }] of Object.entries(PLAIN)) {
        const { room_id } = scene;
        const frame = { type, ...who === "member" ? { room_id } : {}, ...command } as Command;
        const code = await send(() => frame)(scene);
        const isRefused = ["forbidden", "not_a_member", "no_such_room"].includes(code);
        ended[type] = isRefused ? code : "accepted";
        meant[type] = refused?.(actor, kind) || "accepted";
        if (who === "member" && actor === "stranger") {
          meant[type] = kind === "public" ? "not_a_member" : "no_such_room";
        }
      }
      assertEquals({ actor, ...ended }, { actor, ...meant });
    }
  });
}

Deno.test("permissions: every command is a row, with what it requires", () => {
  const found: Record<string, string> = {};
  const meant: Record<string, string | undefined> = {};
  for (const [type, { requires }] of Object.entries(COMMANDS)) {
    if (isPower(requires)) continue;
    found[type] = requires;
    meant[type] = PLAIN[type as CommandType]?.who;
  }
  assertEquals(found, meant);
});

Deno.test("permissions: every power, every event and every command with a power is tried", () => {
  const tried = [...Object.values(ACTIONS).map(({ power }) => power), ...Object.keys(ON_SERVER)];
  const all = [...new Set([...tried, ...ELSEWHERE])].toSorted();
  assertEquals(all, Object.keys(POWERS).toSorted());
  for (const { action } of EVENTS) assert(tried.includes(action), action);
  for (const { requires } of Object.values(COMMANDS)) {
    assert(!isPower(requires) || tried.includes(requires), requires);
  }
});
