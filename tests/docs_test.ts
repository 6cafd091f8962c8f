// What the documents say against what the code knows: whatever is new in one is missing in the
// other until somebody writes it down.
import { assert, assertEquals } from "@std/assert";
import type { ServerFrame } from "../lib/protocol.ts";
import { clientFrames } from "../lib/schemas/frames.ts";
import { DOCUMENTS, PARTS, withParts } from "../tools/docs.ts";
import { needs } from "./support/permissions.ts";

const permissions = needs("read");

const ROOT = new URL("../", import.meta.url);
const DOCUMENT = await text("docs/protocol.md");

/** The fields of the frames of a type: of every one of them, where there are several. */
type FieldsOf<T extends ServerFrame["type"]> = Exclude<
  Extract<ServerFrame, { type: T }> extends infer F ? F extends unknown ? keyof F : never : never,
  "type"
>;

const EVENT = { seq: 1, sender: 1, guest: 1, at: 1, key: 1 } as const;
const BODY = { message: 1, reply_to: 1, edited_at: 1, deleted: 1, files: 1, reactions: 1 } as const;
const RULES = { locked: 1, slow_seconds: 1 } as const;
const PLACE = { room: 1, receiver: 1 } as const;

/** What the server sends. The type checker asks for every type, and for every field of it. */
const SERVER_FRAMES: { readonly [T in ServerFrame["type"]]: Readonly<Record<FieldsOf<T>, 1>> } = {
  welcome: {
    ...{ you: 1, server: 1, limits: 1, epoch: 1, rooms: 1 },
    ...{ online: 1, away: 1, guests: 1, roles: 1, online_count: 1 },
  },
  joined: {
    ...{ room: 1, kind: 1, title: 1, epoch: 1, seq: 1, read: 1, members: 1, messages: 1 },
    ...{ truncated: 1, more: 1, key: 1, ...RULES },
  },
  room_message: { ...EVENT, ...BODY, room: 1 },
  private_message: { ...EVENT, ...BODY, receiver: 1 },
  message_edited: { ...EVENT, ...PLACE, target: 1, message: 1 },
  message_deleted: { ...EVENT, ...PLACE, target: 1 },
  reaction: { ...EVENT, ...PLACE, target: 1, emoji: 1, on: 1 },
  history: { room: 1, messages: 1, more: 1, more_after: 1, key: 1 },
  search_results: { query: 1, messages: 1, more: 1, next: 1, key: 1 },
  pong: { key: 1 },
  left: { room: 1, by: 1, key: 1 },
  rooms: { rooms: 1, key: 1 },
  members: { room: 1, members: 1, key: 1 },
  read: { room: 1, seq: 1, key: 1 },
  level: { room: 1, level: 1, key: 1 },
  watching: { online: 1, away: 1, guests: 1, online_count: 1, key: 1 },
  presence: { name: 1, guest: 1, state: 1, watched: 1 },
  room_changed: { room: 1, key: 1, ...RULES },
  role_changed: { name: 1, role: 1, key: 1 },
  muted: { name: 1, until: 1, key: 1 },
  banned: { name: 1, key: 1 },
  unbanned: { name: 1, key: 1 },
  bans: { bans: 1, key: 1 },
  blocks: { names: 1, key: 1 },
  moderation_log: { entries: 1, more: 1, key: 1 },
  typing: { room: 1, name: 1, guest: 1 },
  member_joined: { room: 1, name: 1, guest: 1, key: 1 },
  member_left: { room: 1, name: 1, key: 1 },
  error: { code: 1, message: 1, retry_after: 1, key: 1 },
};

/** What is said once for all frames, in the words before the tables. */
const SAID_FOR_ALL = ["key", "guest"];

function text(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** A section, from its heading to the next of the same depth. */
function section(title: string): string {
  const [, found] = new RegExp(`^## ${title}\\n([^]*?)(?=\\n## |$(?![^]))`, "m").exec(DOCUMENT) ??
    [];
  assert(found !== undefined, `there is no section "${title}"`);
  return found;
}

/** The rows of a section's tables, by the names that their first cells hold. */
function rows(title: string): ReadonlyMap<string, string> {
  const lines = section(title).split("\n").filter((line) => line.startsWith("| `"));
  return new Map(lines.flatMap((line) => {
    const [, names = "", rest = ""] = line.split("|");
    return [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => [name, rest] as const);
  }));
}

/** The fields that a row does not name. */
function missing(row: string, fields: readonly string[]): string[] {
  return fields.filter((field) => !SAID_FOR_ALL.includes(field) && !row.includes(`\`${field}\``));
}

Deno.test({
  name: "every frame that a client may send is in the protocol's document, with its fields",
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
  name: "every frame that the server sends is in the protocol's document, with its fields",
  ...permissions,
  fn() {
    const written = rows("From the server");
    for (const [type, fields] of Object.entries(SERVER_FRAMES)) {
      const row = written.get(type);
      assert(row !== undefined, `"${type}" is not written down`);
      const same = type === "private_message" ? written.get("room_message") : "";
      assertEquals(missing(row + same, Object.keys(fields)), [], type);
    }
    assertEquals([...written.keys()].filter((type) => !Object.hasOwn(SERVER_FRAMES, type)), []);
  },
});

Deno.test({
  name: "every route is in the protocol's document, and nothing else is",
  ...permissions,
  async fn() {
    const known = new Set(["GET /", "GET /ws"]);
    for await (const { name } of Deno.readDir(new URL("lib/routes/", ROOT))) {
      const source = await text(`lib/routes/${name}`);
      const [, shared = ""] = /^const PATH = "([^"]+)";$/m.exec(source) ?? [];
      const routes = source.matchAll(/method: "([A-Z]+)",\s+path: (?:"([^"]+)"|PATH),/g);
      for (const [, method, path = shared] of routes) known.add(`${method} ${path}`);
    }
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
  name: "the tables that the code holds stand in the documents as they are",
  ...permissions,
  async fn() {
    // The formatter pads the cells of a table: that alone may differ.
    const plain = (text: string) => text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
    const documents = await Promise.all(DOCUMENTS.map(text));
    for (const document of documents) assertEquals(plain(document), plain(withParts(document)));
    const all = documents.join("");
    for (const name of Object.keys(PARTS)) assert(all.includes(`<!-- ${name} -->\n`), name);
  },
});
