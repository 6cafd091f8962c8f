// Compares the documents with the code: an addition to one fails here until the other has it.
import { assert, assertEquals } from "@std/assert";
import type { Field } from "../../lib/chat/events/event.ts";
import { EVENTS, isMessage } from "../../lib/chat/events/index.ts";
import { SERVER_FRAMES } from "../../lib/protocol/frame_fields.ts";
import type { MessageBody } from "../../lib/protocol/frames.ts";
import { clientFrames } from "../../lib/protocol/schemas/frames.ts";
import { DOCUMENTS, PARTS, withParts } from "../../tools/docs.ts";
import { asyncApi, openApi } from "../../tools/api_descriptions.ts";
import { importSchema } from "../../tools/import_schema.ts";
import { needs } from "../support/permissions.ts";
import { allRoutes } from "../support/routes.ts";

const permissions = needs("read");

const ROOT = new URL("../../", import.meta.url);
const DOCUMENT = await text("docs/protocol.md");

const EVENT = { room_id: 1, seq: 1, sender: 1, sender_id: 1, guest: 1, at: 1, key: 1 } as const;
const BODY: Readonly<Record<keyof MessageBody, 1>> = {
  ...{ message: 1, reply_to: 1, edited_at: 1, deleted: 1, files: 1, reactions: 1 },
  ...{
    mentions: 1,
    mention_names: 1,
    thread: 1,
    also_in_room: 1,
    replies: 1,
    poll: 1,
    forwarded: 1,
  },
};
const PLACE = { room: 1, receiver: 1, receiver_id: 1 } as const;

/** Every type of event, with its fields on the wire. */
const EVENT_FRAMES = new Map(EVENTS.flatMap((event): [string, string[]][] => {
  const fields = Object.entries<Field>(event.fields).map(([name, { wire = name }]) => wire);
  const all = [...Object.keys(EVENT), ...fields];
  if (!isMessage(event)) return [[event.type, [...all, ...Object.keys(PLACE)]]];
  const later = [...Object.keys(BODY), ...EVENTS.flatMap(({ state = {} }) => Object.keys(state))];
  return [
    ["room_message", [...all, ...later, "room"]],
    ["private_message", [...all, ...later, "receiver", "receiver_id"]],
  ];
}));

/** Fields described once for all frames, in the text before the tables. */
const SAID_FOR_ALL = ["key", "epoch", "guest"];

/**
 * The id that accompanies each name. A row with the name implies the id: the section "Ids" says so.
 */
const ID_OF = {
  room: "room_id",
  receiver: "receiver_id",
  sender: "sender_id",
  name: "id",
  by: "by_id",
  subject: "subject_id",
  online: "online_ids",
  away: "away_ids",
  members: "member_ids",
  names: "ids",
} as const;
const NAME_OF = new Map<string, string>(Object.entries(ID_OF).map(([name, id]) => [id, name]));

/** Names without an id: of something that does not exist yet, or that only repeats the sender. */
const WITHOUT_ID = [
  ...["create_room room", "room_message sender", "private_message sender"],
  // Presence is watched by name: a guest who reloads stays watched.
  "watch names",
  // The new name of a room, and of the server.
  "set_room name",
  "set_server name",
];

function text(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** A section, from its heading to the next heading of the same depth. */
function section(title: string): string {
  const [, found] = new RegExp(`^## ${title}\\n([^]*?)(?=\\n## |$(?![^]))`, "m").exec(DOCUMENT) ??
    [];
  assert(found !== undefined, `there is no section "${title}"`);
  return found;
}

/** The rows of a section's tables, by the names in their first cells. */
function rows(title: string): ReadonlyMap<string, string> {
  const lines = section(title).split("\n").filter((line) => line.startsWith("| `"));
  return new Map(lines.flatMap((line) => {
    const [, names = "", rest = ""] = line.split("|");
    return [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => [name, rest] as const);
  }));
}

/** The fields that a row does not mention. */
function missing(row: string, fields: readonly string[]): string[] {
  return fields.filter((field) =>
    !SAID_FOR_ALL.includes(field) &&
    ![field, NAME_OF.get(field)].some((said) => said !== undefined && row.includes(`\`${said}\``))
  );
}

/** The names among the fields of frames that have no id beside them. */
function lackingIds(frames: Iterable<readonly [type: string, fields: readonly string[]]>) {
  return [...frames].flatMap(([type, fields]) =>
    Object.entries(ID_OF)
      .filter(([name, id]) => fields.includes(name) && !fields.includes(id))
      .map(([name]) => `${type} ${name}`)
  );
}

Deno.test("every frame with the name of a room or a user also has its id", () => {
  const sent = Object.entries(SERVER_FRAMES).map(([type, fields]) =>
    [type, Object.keys(fields)] as const
  );
  // The name of the server; and the new name of the room, whose id the event has.
  assertEquals(lackingIds([...sent, ...EVENT_FRAMES]), [
    "server_changed name",
    "room_changed name",
  ]);
  const taken = Object.entries(clientFrames).map(([type, { entries }]) =>
    [type, Object.keys(entries)] as const
  );
  assertEquals(lackingIds(taken), WITHOUT_ID);
});

Deno.test({
  name: "every frame that a client may send is documented, with its fields",
  ...permissions,
  fn() {
    const written = rows("From the client");
    for (const [type, schema] of Object.entries(clientFrames)) {
      const row = written.get(type);
      assert(row !== undefined, `"${type}" is not written down`);
      const fields = Object.keys(schema.entries).filter((field) => field !== "type");
      assertEquals(missing(row, fields), [], type);
    }
    assertEquals([...written.keys()].filter((type) => !Object.hasOwn(clientFrames, type)), []);
  },
});

Deno.test({
  name: "every frame that the server sends is documented, with its fields",
  ...permissions,
  fn() {
    const written = rows("From the server");
    for (const [type, fields] of Object.entries(SERVER_FRAMES)) {
      const row = written.get(type);
      assert(row !== undefined, `"${type}" is not written down`);
      assertEquals(missing(row, Object.keys(fields)), [], type);
    }
    const [envelope = ""] = /^\*\*Events\.\*\*[^]*?\n\n/m.exec(DOCUMENT) ?? [];
    for (const [type, fields] of EVENT_FRAMES) {
      const row = written.get(type);
      assert(row !== undefined, `"${type}" is not written down`);
      const same = type === "private_message" ? written.get("room_message") : "";
      assertEquals(missing(envelope + row + same, fields), [], type);
    }
    const known = [...Object.keys(SERVER_FRAMES), ...EVENT_FRAMES.keys()];
    assertEquals([...written.keys()].filter((type) => !known.includes(type)), []);
  },
});

Deno.test({
  name: "every route is documented, and every documented route exists",
  ...permissions,
  async fn() {
    const known = new Set(["GET /", "GET /ws"]);
    for (const { method, path } of await allRoutes()) known.add(`${method} ${path}`);
    assert(known.size > 25, `found ${known.size} routes`);
    const written = new Set(["GET /ws"]);
    for (const [, cell = ""] of section("HTTP").matchAll(/^\| (`[^|]+) \|/gm)) {
      let methods: string[] = [];
      for (const [, code = ""] of cell.matchAll(/`([^`]+)`/g)) {
        const [, method, path] = /^([A-Z]+)?(?:\s*(\/[^?]*))?/.exec(code) ?? [];
        if (method !== undefined) methods.push(method);
        if (path === undefined) continue;
        for (const one of methods) written.add(`${one} ${path}`);
        methods = [];
      }
    }
    assertEquals([...written].sort(), [...known].sort());
  },
});

Deno.test({
  name: "the tables generated from the code are up to date in the documents",
  ...permissions,
  async fn() {
    // The formatter pads table cells; nothing else may differ.
    const plain = (text: string) => text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
    const documents = await Promise.all(DOCUMENTS.map(text));
    for (const document of documents) assertEquals(plain(document), plain(withParts(document)));
    const all = documents.join("");
    for (const name of Object.keys(PARTS)) assert(all.includes(`<!-- ${name} -->\n`), name);
    assertEquals(JSON.parse(await text("docs/import.schema.json")), importSchema());
    assertEquals(JSON.parse(await text("docs/openapi.json")), await openApi());
    assertEquals(JSON.parse(await text("docs/asyncapi.json")), asyncApi());
  },
});
