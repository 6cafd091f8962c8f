/**
 * Converts Mattermost's bulk export (https://docs.mattermost.com/administration-guide/onboard/bulk-loading-data.html)
 * to lines that Hubbub imports:
 *
 *     deno run --allow-read examples/mattermost.ts export/import.jsonl >hubbub.jsonl
 *     deno task import --check hubbub.jsonl
 *     deno task import hubbub.jsonl
 *
 * It is an example of a converter for any other system: it uses nothing of Hubbub, and writes only
 * what the import cannot work out by itself (see docs/moving.md). Mattermost does not sort its posts,
 * so it holds them in memory; files are read one at a time.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** A line for the import. */
type Line = Record<string, unknown>;

/** What Mattermost exports: see its documentation for the fields. */
// deno-lint-ignore no-explicit-any -- it is another system's format
type Exported = any;

/** A post, a reply, or a post in a direct channel. */
interface Post {
  readonly room: number;
  readonly user: string;
  readonly at: number;
  readonly post: Exported;
  /** The post that this one answers. */
  readonly root: Post | null;
  /** Its number in the log of its room, once it has one. */
  seq: number;
}

/** Reads a file of the export; `null` if it is not there. */
export type ReadFile = (path: string) => Uint8Array | null;

/** The bytes of one part of a file: Hubbub's own size. */
const PART_BYTES = 262_144;

/** Converts an export. @param readFile Reads an attachment by its path in the export. */
export function* convert(lines: Iterable<string>, readFile: ReadFile): Generator<Line> {
  let records = 0;
  yield { type: "hubbub", format: 3, source: "mattermost" };
  for (const line of convertAll(lines, readFile)) {
    records += 1;
    yield line;
  }
  yield { type: "end", records };
}

function* convertAll(lines: Iterable<string>, readFile: ReadFile): Generator<Line> {
  const users = new Map<string, number>();
  const rooms = new Map<string, { id: number; members: Set<string> }>();
  const accounts: Line[] = [];
  const roomLines: Line[] = [];
  const posts: Post[] = [];

  /** The number of a user; one who is in no list, such as a deleted one, gets an account as well. */
  const userOf = (name: string, line: Line = {}) => {
    const id = users.get(name) ?? users.size + 1;
    if (!users.has(name)) {
      users.set(name, id);
      accounts.push({ type: "account", id, public_id: name, name, ...line });
    }
    return id;
  };
  const roomOf = (key: string, line: Line) => {
    const room = rooms.get(key) ?? { id: rooms.size + 1, members: new Set<string>() };
    if (!rooms.has(key)) {
      rooms.set(key, room);
      roomLines.push({ type: "room", id: room.id, public_id: key, ...line });
    }
    return room;
  };
  /** A conversation of one or two is direct; of more, it is a private room. */
  const conversationOf = (names: readonly string[]) => {
    const people = [...new Set(names)].sort();
    const ids = people.map((name) => userOf(name));
    const [low, high = low] = ids;
    const line = ids.length <= 2
      ? { kind: "direct", low, high }
      : { kind: "private", name: people.join("-").slice(0, 56) };
    const room = roomOf(`direct ${people.join(" ")}`, line);
    for (const name of people) room.members.add(name);
    return room.id;
  };
  const addPost = (room: number, post: Exported, root: Post | null = null) => {
    // Notices such as "joined the channel" have a type; a post of a user has none.
    if (typeof post.type === "string" && post.type.startsWith("system_")) return;
    const added = { room, user: post.user, at: post.create_at, post, root, seq: 0 };
    userOf(post.user);
    posts.push(added);
    for (const reply of post.replies ?? []) addPost(room, reply, added);
  };

  for (const text of lines) {
    if (text.trim() === "") continue;
    const line: Exported = JSON.parse(text);
    if (line.type === "channel") {
      const { team, name, display_name, type, header } = line.channel;
      roomOf(`${team}/${name}`, {
        kind: type === "O" ? "public" : "private",
        name: display_name || name,
        ...(header ? { title: header.replace(/\s+/g, " ").slice(0, 200) } : {}),
      });
    } else if (line.type === "user") {
      const { username, nickname, roles, teams } = line.user;
      const isAdmin = (roles ?? "").split(" ").includes("system_admin");
      userOf(username, { name: nickname || username, role: isAdmin ? "owner" : "member" });
      for (const team of teams ?? []) {
        for (const channel of team.channels ?? []) {
          rooms.get(`${team.name}/${channel.name}`)?.members.add(username);
        }
      }
    } else if (line.type === "bot") {
      userOf(line.bot.username, { name: line.bot.display_name || line.bot.username, role: "bot" });
    } else if (line.type === "post") {
      const { team, channel } = line.post;
      addPost(roomOf(`${team}/${channel}`, { kind: "private", name: channel }).id, line.post);
    } else if (line.type === "direct_channel") {
      conversationOf(membersOf(line.direct_channel));
    } else if (line.type === "direct_post") {
      addPost(conversationOf(line.direct_post.channel_members), line.direct_post);
    }
  }
  for (const { post } of posts) for (const { user } of post.reactions ?? []) userOf(user);

  yield* accounts;
  yield* roomLines;
  for (const { id, members } of rooms.values()) {
    const numbers = [...members].map((name) => userOf(name)).sort((a, b) => a - b);
    for (const account of numbers) yield { type: "member", room: id, account };
  }
  yield* events(posts, userOf);
  yield* files(posts, userOf, readFile);
}

/** Older exports have the names alone, newer ones a list of participants. */
function membersOf({ members, participants }: Exported): readonly string[] {
  return members ?? (participants ?? []).map(({ username }: Exported) => username);
}

/** The log: posts in the order of time, each with its reactions. */
function* events(posts: Post[], userOf: (name: string) => number): Generator<Line> {
  const seqs = new Map<number, number>();
  const next = (room: number) => {
    seqs.set(room, (seqs.get(room) ?? 0) + 1);
    return seqs.get(room)!;
  };
  const keys = new Set<string>();
  for (const post of posts.sort((a, b) => a.at - b.at)) {
    const { room, user, at, root } = post;
    const { message, edit_at, reactions } = post.post;
    // The export has no ids of posts. The same post gets the same key in each export.
    let key = `${at} ${user}`;
    while (keys.has(`${room} ${key}`)) key += "+";
    keys.add(`${room} ${key}`);
    const event = { type: "event", room, sender: userOf(user), at };
    for (const [part, text] of partsOf(message ?? "").entries()) {
      const seq = next(room);
      if (part === 0) post.seq = seq;
      yield {
        ...event,
        ...{ kind: "message", text, key: part === 0 ? key : `${key} ${part}` },
        ...(root === null || root.seq === 0 ? {} : { reply_to: root.seq }),
        ...(edit_at > at ? { edited_at: edit_at } : {}),
      };
    }
    for (const { user, emoji_name, create_at } of reactions ?? []) {
      next(room);
      yield {
        ...{ type: "event", room, sender: userOf(user), at: create_at, kind: "reaction" },
        ...{ target: post.seq, emoji: `:${emoji_name}:`, state: true },
        key: `${key} ${emoji_name} ${user}`,
      };
    }
  }
}

/** Hubbub's messages have at most 10,000 characters, Mattermost's 16,383. */
function partsOf(message: string): readonly string[] {
  const parts = message.match(/[^]{1,9999}(?![\udc00-\udfff])/g);
  return parts ?? [""];
}

/** The attachments, and then their bytes. */
function* files(
  posts: readonly Post[],
  userOf: (name: string) => number,
  readFile: ReadFile,
): Generator<Line> {
  const found: { readonly number: number; readonly path: string; readonly size: number }[] = [];
  for (const { room, user, seq, post } of posts) {
    let place = 0;
    for (const { path } of post.attachments ?? []) {
      const size = readFile(path)?.length ?? 0;
      if (size === 0) continue;
      const number = found.length + 1;
      found.push({ number, path, size });
      place += 1;
      yield {
        ...{ type: "file", number, id: createHash("sha256").update(path).digest("base64url") },
        ...{ room, uploader: userOf(user), name: path.split("/").at(-1), seq, place },
        ...{ media: "application/octet-stream", size, parts: Math.ceil(size / PART_BYTES) },
      };
    }
  }
  for (const { number, path, size } of found) {
    const bytes = readFile(path)!;
    for (let at = 0; at < size; at += PART_BYTES) {
      const part = bytes.subarray(at, at + PART_BYTES);
      yield { type: "file_part", file: number, place: at / PART_BYTES, bytes: part.toBase64() };
    }
  }
}

if (import.meta.main) {
  const [path] = Deno.args;
  if (path === undefined) {
    console.error("Give the path of the export: its JSONL file, beside the directory data");
    Deno.exit(2);
  }
  const directory = path.replace(/[^/\\]*$/, "");
  const readFile: ReadFile = (attachment) => {
    for (const name of [`${directory}data/${attachment}`, `${directory}${attachment}`]) {
      try {
        return Deno.readFileSync(name);
      } catch {
        // It may be under the other name, or not in the export.
      }
    }
    return null;
  };
  const encoder = new TextEncoder();
  for (const line of convert(Deno.readTextFileSync(path).split("\n"), readFile)) {
    const bytes = encoder.encode(`${JSON.stringify(line)}\n`);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}
