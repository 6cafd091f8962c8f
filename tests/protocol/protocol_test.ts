import { assert, assertEquals } from "@std/assert";
import { errorFrame } from "../../lib/protocol/frames.ts";
import { foldName } from "../../lib/protocol/names.ts";
import { CLOSE_CODES, ERRORS, shouldReconnect } from "../../lib/protocol/errors.ts";
import { LIMITS } from "../../lib/protocol/limits.ts";
import { clientFrames, decodeCommand } from "../../lib/protocol/schemas/frames.ts";

/** The decoded command, or the code of the refusal. */
function decode(value: unknown): unknown {
  const decoded = decodeCommand(value);
  return "command" in decoded ? decoded.command : decoded.refusal.code;
}

/** Decodes a value after a round trip through JSON, as on the wire. */
function decodeText(text: string): unknown {
  return decode(JSON.parse(text));
}

const say = { type: "room_message", room: "lobby", message: "hi" } as const;
const edit = { type: "edit_message", room: "lobby", seq: 1, message: "ho" } as const;
const react = { type: "react", room: "lobby", seq: 1, emoji: "👍", on: true } as const;
const write = { type: "private_message", receiver: "Bob", message: "hi" } as const;
const ban = { type: "ban", name: "Bob", address: true, reason: "spam" } as const;
const mute = { type: "mute", name: "Bob", seconds: 60 } as const;
const slow = { type: "set_room", room: "lobby", slow_seconds: 10 } as const;
const make = { type: "create_room", room: "lobby", kind: "public" } as const;

type Example = { readonly type: string; readonly [field: string]: unknown };

// Good frames. Each is decoded unchanged.
const EXAMPLES: readonly Example[] = [
  { type: "join", room: "lobby" },
  { type: "join", room: "lobby", after: 0, epoch: "e", key: "k" },
  { type: "join", room: "@Bob", after: Number.MAX_SAFE_INTEGER },
  { type: "resume", rooms: [{ room_id: "r-1", after: 0, epoch: "e", key: "k1" }], key: "k" },
  { type: "leave", room: "lobby" },
  make,
  { ...make, kind: "private", title: "The lobby", key: "k" },
  { type: "invite", room: "lobby", name: "Bob" },
  { type: "add_members", room: "lobby", names: ["Bob", "nobody yet"] },
  { type: "add_members", room_id: "r-1", ids: ["u_2"], key: "k" },
  { type: "decline_invitation", room: "lobby" },
  { type: "decline_invitation", room_id: "r-1", key: "k" },
  { type: "list_rooms" },
  { type: "list_memberships", after: "r-1", limit: 1 },
  { type: "list_members", room: "@Bob" },
  { type: "list_members", room_id: "r-1", epoch: "e" },
  { type: "list_reactions", room: "lobby", seq: 1 },
  { type: "list_files", room: "@Bob" },
  { type: "list_files", room_id: "r-1", kind: "media", before: 9, limit: 2, key: "k" },
  {
    type: "list_reactions",
    room_id: "r-1",
    seq: 1,
    after: "7 👍",
    limit: 2,
    key: "k",
  },
  { type: "private_message", receiver_id: "u_2", message: "hi" },
  { type: "kick", room_id: "r-1", id: "u_2" },
  say,
  { ...say, sender: "Alice", reply_to: 3, key: "k" },
  { ...say, room: "Zürich_2-b" },
  { ...say, message: "  kept as it is \n" },
  { ...say, message: "\u0000" },
  write,
  { ...write, sender: "Alice", reply_to: 1, key: "k" },
  edit,
  { type: "delete_message", room: "lobby", seq: 1 },
  { type: "delete_messages", room: "lobby", seqs: [1, 2] },
  react,
  { ...react, emoji: "👩‍❤️‍💋‍👨", on: false },
  { ...react, emoji: "🏴󠁧󠁢󠁥󠁮󠁧󠁿" },
  { ...react, emoji: "1️⃣" },
  { type: "typing", room: "lobby" },
  { type: "presence", state: "away" },
  { type: "presence", state: "online" },
  { type: "watch", names: [] },
  { type: "watch", names: ["Alice", "nobody yet"], key: "k" },
  { type: "read", room: "lobby", seq: 1 },
  { type: "mark_unread", room: "lobby", seq: 1 },
  { type: "read", room: "lobby", seq: 2, thread: 1 },
  { type: "follow_thread", room: "lobby", thread: 1, on: true },
  { type: "vote", room: "lobby", seq: 1, options: [0, 2] },
  { type: "close_poll", room: "lobby", seq: 1 },
  { type: "list_votes", room: "lobby", seq: 1 },
  { type: "list_votes", room_id: "r-1", seq: 1, after: "u_2", limit: 3 },
  { type: "remove_preview", room: "lobby", seq: 1 },
  { type: "list_threads", before: "1-1-a", limit: 1 },
  { type: "room_message", room: "lobby", message: "hi", thread: 1, also_in_room: true },
  { type: "set_quiet", until: 0 },
  { type: "set_draft", room: "lobby", message: "", at: 0 },
  {
    ...{ type: "set_draft", room_id: "r-1", thread: 3, message: "almost", reply_to: 4, at: 5 },
    edit: { seq: 2, message: "bet" },
  },
  { type: "list_drafts" },
  { type: "list_drafts", after: "r-1 0" },
  {
    type: "set_room_prefs",
    room: "lobby",
    level: "all",
    favourite: true,
    section: "",
    introduced: true,
  },
  { type: "save_message", room: "lobby", seq: 1, on: true },
  { type: "list_saved", before: "17", limit: 5 },
  { type: "schedule_message", room: "@Bob", message: "hi", at: 5, reply_to: 2, key: "k" },
  { type: "list_scheduled", after: "s-1" },
  { type: "cancel_scheduled", id: "s-1" },
  { type: "set_reminder", room: "lobby", seq: 1, at: 0 },
  { type: "list_reminders" },
  { type: "set_profile", display_name: "Dr. Smith", status: null, avatar: null },
  { type: "set_profile", status: { emoji: "🌴", text: "away", until: 5 } },
  { type: "report_message", room: "lobby", seq: 1, reason: "spam" },
  { type: "list_reports", resolved: true },
  { type: "resolve_report", id: "r-1", delete: true },
  { type: "offer_commands", commands: [] },
  { type: "offer_commands", commands: [{ command: "a-1", description: "x", hint: "<y>" }] },
  { type: "run_command", room: "lobby", command: "weather" },
  { type: "answer_command", call_id: "c-1", message: "sunny" },
  { type: "set_server", name: "The Müllers", icon: null, key: "k" },
  { type: "set_emoji", emoji: ":party:", file: "f".repeat(43) },
  { type: "delete_emoji", emoji: ":party:" },
  { type: "list_emoji", after: ":a:", limit: 5 },
  { type: "set_group", group: "Designers", ids: [] },
  { type: "delete_group", group_id: "g-1" },
  { type: "list_group_members", group_id: "g-1" },
  { type: "history", room: "lobby" },
  { type: "history", room: "@Bob", before: 1, limit: 1 },
  { type: "history", room: "lobby", after: 0 },
  { type: "history", room: "lobby", around: 1 },
  { type: "set_level", room: "lobby", level: "all" },
  { type: "search", query: "x", sender: "Alice", since: 0, until: 1_700_000_000_000 },
  { type: "search", query: "" },
  { type: "search", query: "x", room: "lobby", before: "cursor", limit: 100 },
  { type: "ping", key: "k" },
  { type: "kick", room: "lobby", name: "Bob", key: "k" },
  { type: "ban", name: "Bob" },
  ban,
  { ...ban, address: false, key: "k" },
  { type: "unban", name: "Bob", key: "k" },
  { type: "list_bans", key: "k" },
  { ...mute, key: "k" },
  { type: "set_room", room: "lobby", name: "hall" },
  { ...slow, title: "", archived: true },
  { ...slow, kind: "private" },
  { type: "delete_room", room_id: "r-1", key: "k" },
  { ...slow, locked: true, key: "k" },
  { type: "set_role", name: "Bob", role: "moderator", key: "k" },
  { type: "set_role", name: "Bob", role: "member" },
  { type: "block", name: "Bob", on: true, key: "k" },
  { type: "block", name: "Bob", on: false },
  { type: "list_blocks", key: "k" },
  { type: "moderation_log" },
  { type: "moderation_log", before: 1, limit: 100, key: "k" },
];

function isDecodedUnchanged(frame: Example): boolean {
  try {
    assertEquals(decode(frame), frame);
    return true;
  } catch {
    return false;
  }
}

/** The fields of commands that have no example: the largest set that is decoded unchanged. */
const PLAIN_FIELDS = [
  { room: "lobby", seq: 1, on: true },
  { room: "lobby", seq: 1 },
  { room: "lobby" },
  {},
];

const others = Object.keys(clientFrames).filter((type) =>
  !EXAMPLES.some((example) => example.type === type)
);

// At least one good frame of each type.
const GOOD: readonly Example[] = [
  ...EXAMPLES,
  ...others.flatMap((type) =>
    PLAIN_FIELDS.map((fields) => ({ type, ...fields }))
      .filter(isDecodedUnchanged).slice(0, 1)
  ),
];

for (const frame of GOOD) {
  Deno.test(`accepts ${JSON.stringify(frame)}`, () => assertEquals(decode(frame), frame));
}

Deno.test("every type has a good frame above", () => {
  const types = new Set(GOOD.map(({ type }) => type));
  assertEquals([...types].sort(), Object.keys(clientFrames).sort());
});

Deno.test("no field accepts a value of another type", () => {
  for (const frame of GOOD) {
    for (const field of Object.keys(frame).filter((name) => name !== "type")) {
      // Some fields accept a list.
      const lists = ["names", "ids", "commands", "rooms", "options"].includes(field)
        ? [...field === "options" ? [] : [[1]], [["a"]]]
        : [[], ["a"]];
      for (const bad of [{}, ...lists, Symbol.iterator]) {
        assertEquals(decode({ ...frame, [field]: bad }), "bad_request", `${frame.type} ${field}`);
      }
    }
  }
});

Deno.test("a missing required field is refused", () => {
  const optional = [
    ...["key", "after", "epoch", "title", "sender", "reply_to", "before", "limit", "around"],
    ...["since", "until", "also_in_room"],
    ...["address", "reason", "locked", "archived"],
  ];
  for (const frame of GOOD) {
    for (const field of Object.keys(frame)) {
      if (optional.includes(field) || frame.type === "search" && field === "room") continue;
      if (field === "kind" && frame.type === "list_files") continue;
      if (field === "thread" && frame.type !== "follow_thread") continue;
      // One change of a room is required, whichever.
      if (frame.type === "set_room" && Object.keys(frame).length > 3 && field !== "type") continue;
      if (["set_profile", "set_server"].includes(frame.type) && field !== "type") continue;
      if (["resolved", "delete"].includes(field)) continue;
      if (frame.type === "set_draft" && field === "edit") continue;
      if (frame.type === "set_room_prefs" && !["type", "room"].includes(field)) continue;
      const { [field]: _, ...rest } = frame;
      const expected = field === "type" ? "unknown_type" : "bad_request";
      assertEquals(decode(rest), expected, `${frame.type} without ${field}`);
    }
  }
});

const x = (length: number) => "x".repeat(length);

const BAD: readonly (readonly [name: string, frame: unknown])[] = [
  ["an empty room", { ...say, room: "" }],
  ["a room with a space", { ...say, room: "two words" }],
  ["a room with a slash", { ...say, room: "a/b" }],
  ["a room with a dot", { ...say, room: ".." }],
  ["a room with a zero-width space", { ...say, room: "a\u200bb" }],
  ["a room with a lone surrogate", { ...say, room: "a\ud800" }],
  ["a conversation where a room must be created", { ...make, room: "@Bob" }],
  ["an invitation to a conversation", { type: "invite", room: "@Bob", name: "Carl" }],
  ["an unknown kind", { ...make, kind: "direct" }],
  ["an empty message", { ...say, message: "" }],
  ["a message of white space", { ...say, message: " \n\t\u3000" }],
  ["a message with a lone surrogate", { ...say, message: "a\udc00b" }],
  ["an edit to an empty text", { ...edit, message: " " }],
  ["a fraction of a seq", { ...edit, seq: 1.5 }],
  ["a seq as a string", { ...edit, seq: "1" }],
  ["an emoji with a space", { ...react, emoji: "a b" }],
  ["an emoji with a control character", { ...react, emoji: "\u0007" }],
  ["an emoji with a lone surrogate", { ...react, emoji: "\ud83d" }],
  ["an empty emoji", { ...react, emoji: "" }],
  ["a reaction that is neither on nor off", { ...react, on: 1 }],
  ["a key with a lone surrogate", { ...say, key: "\ud800" }],
  ["a kick from a conversation", { type: "kick", room: "@Bob", name: "Bob" }],
  ["rules for a conversation", { ...slow, room: "@Bob" }],
  ["a fraction of a second of mute", { ...mute, seconds: 0.5 }],
  ["a lock that is neither on nor off", { ...slow, locked: 1 }],
  ["a block that is neither on nor off", { type: "block", name: "Bob", on: 1 }],
  ["the role owner", { type: "set_role", name: "Bob", role: "owner" }],
  ["the role bot", { type: "set_role", name: "Bob", role: "bot" }],
  ["an empty name in a watch", { type: "watch", names: ["Alice", ""] }],
  ["a watch of a name instead of a list", { type: "watch", names: "Alice" }],
  ["a presence state that only the server sets", { type: "presence", state: "offline" }],
];

for (const [name, frame] of BAD) {
  Deno.test(`refuses ${name}`, () => assertEquals(decode(frame), "bad_request"));
}

// The greatest value that is accepted, and the next one that is not.
const LIMIT_CASES:
  readonly (readonly [name: string, good: unknown, bad: unknown, code?: string])[] = [
    ["a message", { ...say, message: x(10_000) }, { ...say, message: x(10_001) }, "too_long"],
    ["a letter", { ...write, message: x(10_000) }, { ...write, message: x(10_001) }, "too_long"],
    ["an edit", { ...edit, message: x(10_000) }, { ...edit, message: x(10_001) }, "too_long"],
    ["a room", { ...say, room: x(64) }, { ...say, room: x(65) }],
    ["a conversation", { ...say, room: `@${x(32)}` }, { ...say, room: `@${x(33)}` }],
    ["a receiver", { ...write, receiver: x(32) }, { ...write, receiver: x(33) }],
    ["a title", { ...make, title: x(200) }, { ...make, title: x(201) }],
    ["a key", { ...say, key: x(64) }, { ...say, key: x(65) }],
    ["the shortest key", { ...say, key: "k" }, { ...say, key: "" }],
    ["an emoji", { ...react, emoji: x(32) }, { ...react, emoji: x(33) }],
    [
      "a watch",
      { type: "watch", names: Array(500).fill("a") },
      { type: "watch", names: Array(501).fill("a") },
    ],
    ["a query", { type: "search", query: x(200) }, { type: "search", query: x(201) }],
    [
      "a page",
      { type: "history", room: "a", limit: 100 },
      { type: "history", room: "a", limit: 101 },
    ],
    [
      "the shortest page",
      { type: "history", room: "a", limit: 1 },
      { type: "history", room: "a", limit: 0 },
    ],
    [
      "one place",
      { type: "history", room: "a", after: 0 },
      { type: "history", room: "a", after: 0, around: 1 },
    ],
    ["results", { type: "search", query: "a", limit: 100 }, {
      type: "search",
      query: "a",
      limit: 101,
    }],
    ["a reason", { ...ban, reason: x(200) }, { ...ban, reason: x(201) }],
    ["the shortest mute", { ...mute, seconds: 0 }, { ...mute, seconds: -1 }],
    ["the longest mute", { ...mute, seconds: 31_536_000 }, { ...mute, seconds: 31_536_001 }],
    ["the shortest slow mode", { ...slow, slow_seconds: 0 }, { ...slow, slow_seconds: -1 }],
    ["messages to delete", {
      type: "delete_messages",
      room: "a",
      seqs: x(100).split("").map((_, i) => i + 1),
    }, {
      ...{ type: "delete_messages", room: "a", seqs: [] },
    }],
    ["a right of members", { ...slow, may_post: "hosts" }, { ...slow, may_post: "nobody" }],
    ["the longest slow mode", { ...slow, slow_seconds: 86_400 }, { ...slow, slow_seconds: 86_401 }],
    [
      "a page of the log",
      { type: "moderation_log", limit: 100 },
      { type: "moderation_log", limit: 101 },
    ],
    ["the first seq", edit, { ...edit, seq: 0 }],
    ["the last seq", { ...edit, seq: 2 ** 53 - 1 }, { ...edit, seq: 2 ** 53 }],
    ["the first answer", { ...say, reply_to: 1 }, { ...say, reply_to: 0 }],
    ["the first read", { type: "read", room: "a", seq: 1 }, { type: "read", room: "a", seq: -1 }],
    [
      "the first position",
      { type: "join", room: "a", after: 0 },
      { type: "join", room: "a", after: -1 },
    ],
    [
      "the last position",
      { type: "join", room: "a", after: 2 ** 53 - 1 },
      { type: "join", room: "a", after: Infinity },
    ],
  ];

for (const [name, good, bad, code = "bad_request"] of LIMIT_CASES) {
  Deno.test(`the limit of ${name} is exact`, () => {
    assertEquals(decode(good), good);
    assertEquals(decode(bad), code);
  });
}

Deno.test("the limits in welcome are the limits that hold", () => {
  const { message_length, room_name_length, key_length, page_size } = LIMITS;
  assertEquals([message_length, room_name_length, key_length, page_size], [10_000, 64, 64, 100]);
});

Deno.test("a message of the maximum length fits in a frame, in any script", () => {
  for (const char of ["x", "é", "語", '"', "\n", "\u0001"]) {
    const text = JSON.stringify({ ...say, message: char.repeat(LIMITS.message_length) });
    assert(new TextEncoder().encode(text).length <= LIMITS.frame_bytes, JSON.stringify(char));
  }
});

for (const value of [null, true, 0, "join", [], [say]]) {
  Deno.test(`${JSON.stringify(value)} is not a frame`, () =>
    assertEquals(decode(value), "bad_request"));
}

for (
  const type of [
    "shout",
    "",
    "JOIN",
    "joined",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    7,
    null,
    ["join"],
    { toString: "join" },
  ]
) {
  Deno.test(`the type ${JSON.stringify(type)} is unknown`, () => {
    assertEquals(decode({ ...say, type }), "unknown_type");
  });
}

Deno.test("a frame cannot inherit a field", () => {
  const own = '"__proto__":{"type":"join","room":"lobby"}';
  assertEquals(decodeText(`{${own}}`), "unknown_type");
  assertEquals(decodeText(`{"type":"leave",${own}}`), "bad_request");
  assertEquals(decodeText(`{"type":"leave","room":"lobby","constructor":1,${own}}`), {
    type: "leave",
    room: "lobby",
  });
  assertEquals(({} as { room?: string }).room, undefined);
});

Deno.test("an emoji is decoded to its one form", () => {
  for (const emoji of ["❤", "❤\ufe0e", "❤️"]) {
    assertEquals(decode({ ...react, emoji }), { ...react, emoji: "❤️" });
  }
});

Deno.test("unknown fields are dropped", () => {
  assertEquals(decode({ ...say, at: 1, seq: 7, sender_id: 3, colour: "red" }), say);
});

Deno.test("a refusal carries the frame's key, if it is valid", () => {
  const keyOf = (frame: unknown) => {
    const decoded = decodeCommand(frame);
    return "key" in decoded ? decoded.key : undefined;
  };
  assertEquals(keyOf({ type: "shout", key: "k1" }), "k1");
  assertEquals(keyOf({ key: "k2" }), "k2");
  assertEquals(keyOf({ ...say, room: "", key: "k3" }), "k3");
  assertEquals(keyOf({ ...say, message: x(10_001), key: x(64) }), x(64));
  for (const key of ["", x(65), 7, null, {}, "\ud800"]) assertEquals(keyOf({ key }), undefined);
});

Deno.test("a refusal names the field, but not its value", () => {
  const decoded = decodeCommand({ ...say, room: "<secret>" });
  assert("refusal" in decoded);
  assertEquals(decoded.refusal.message, 'The field "room" is missing or malformed.');
});

Deno.test("room names are normalized", () => {
  assertEquals(decode({ ...say, room: "Cafe\u0301" }), { ...say, room: "Café" });
  assertEquals(decode({ ...say, room: "ﬁne" }), { ...say, room: "fine" });
});

Deno.test("names that look alike fold to the same string; folding is idempotent", () => {
  for (const [one, other] of [["Bob", "BOB"], ["Café", "cafe\u0301"], ["Ｂｏｂ", "bob"]] as const) {
    assertEquals(foldName(one), foldName(other));
  }
  for (const name of ["Bob", "İstanbul", "Straße", "ΣΑΣ", "Ǆ", "K", "Å"]) {
    assertEquals(foldName(foldName(name)), foldName(name), name);
  }
});

Deno.test("a title and a reason are trimmed", () => {
  assertEquals(decode({ ...make, title: "  The lobby " }), { ...make, title: "The lobby" });
  assertEquals(decode({ ...ban, reason: " spam  " }), ban);
});

Deno.test("an error has the table's message or a more specific one, its key and its wait", () => {
  assertEquals(errorFrame({ code: "no_such_room" }), {
    type: "error",
    code: "no_such_room",
    message: ERRORS.no_such_room.message,
  });
  assertEquals(errorFrame({ code: "rate_limited", message: "Wait.", retry_after: 20 }, "k"), {
    type: "error",
    code: "rate_limited",
    message: "Wait.",
    retry_after: 20,
    key: "k",
  });
});

for (const [name, { code, reconnect, reason }] of Object.entries(CLOSE_CODES)) {
  Deno.test(`${name} (${code}) can be sent, and means what its range means`, () => {
    // The codes that Deno's server accepts; RFC 6455 bounds the reason.
    const sendable = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013];
    assert(sendable.includes(code) || code >= 4000 && code <= 4999);
    assert(new TextEncoder().encode(reason).length <= 123);
    if (code >= 4000) assertEquals(reconnect, code <= 4499);
    assertEquals(shouldReconnect(code), reconnect);
  });
}

Deno.test("every close code has one meaning", () => {
  const codes = Object.values(CLOSE_CODES).map(({ code }) => code);
  assertEquals(new Set(codes).size, codes.length);
});

for (
  const [code, back] of [
    [1001, true],
    [1005, true],
    [1006, true],
    [1012, true],
    [1000, false],
    [4000, true],
    [4499, true],
    [4500, false],
    [4999, false],
  ] as const
) {
  Deno.test(`after ${code} a client ${back ? "reconnects" : "does not reconnect"}`, () => {
    assertEquals(shouldReconnect(code), back);
  });
}
