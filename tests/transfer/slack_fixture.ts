/** Exports in Slack's format, and their import into a new store. */
import { zipSync } from "fflate";
import { importRecords } from "../../lib/transfer/lines.ts";
import { readSlack, type SlackImport } from "../../lib/transfer/slack.ts";
import { dumpSqlite } from "../../lib/transfer/sqlite.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { Store } from "../../lib/store/store.ts";

/** The files of an export. */
export type Files = Readonly<Record<string, unknown>>;

/** A message. */
export const said = (ts: number, user: string, text: string, more: object = {}) => ({
  ...{ type: "message", user, text, ts: `${ts}.000100`, ...more },
});

/** The export of a small team, in Slack's format. */
export const EXPORT: Files = {
  "users.json": [
    {
      id: "U1",
      name: "ada",
      is_owner: true,
      profile: { display_name: "Ada", real_name: "Ada Lovelace" },
    },
    { id: "U2", name: "bob", profile: { display_name: "", real_name: "Bob 🚀 Builder (he/him)" } },
    { id: "U3", name: "ada2", is_admin: true, profile: { display_name: "ADA", real_name: "" } },
    { id: "U4", name: "gone", deleted: true, profile: { display_name: "Gone" } },
    { id: "U5", name: "hook", is_bot: true, profile: { real_name: "Hook" } },
  ],
  "channels.json": [
    {
      ...{ id: "C1", name: "general", created: 1_600_000_000, members: ["U1", "U2", "U9"] },
      topic: { value: "Everything & more" },
    },
    { id: "C2", name: "empty", created: 1_600_000_001, members: ["U1"] },
  ],
  "groups.json": [{ id: "G1", name: "den", created: 1_600_000_002, members: ["U1", "U3"] }],
  "dms.json": [{ id: "D1", created: 1_600_000_003, members: ["U2", "U1"] }],
  "general/2020-09-14.json": [
    said(1_600_000_200, "U2", "Hello <@U1>, see <#C1|general> &amp; <https://a.example/?x|this>"),
    said(1_600_000_100, "U1", "*first* day", {
      reactions: [{ name: "thumbsup", users: ["U2", "U1"] }, {
        name: "partyparrot",
        users: ["U2"],
      }],
      edited: { user: "U1", ts: "1600000150.0" },
    }),
  ],
  "general/2020-09-15.json": [
    said(1_600_086_400, "U2", "an answer", { thread_ts: "1600000100.000100" }),
    said(1_600_086_401, "U2", "joined", { subtype: "channel_join" }),
    {
      ...{
        type: "message",
        subtype: "bot_message",
        username: "Deploy bot",
        text: "done :partyparrot:",
      },
      ts: "1600086402.0001",
    },
    said(1_600_086_403, "U1", "", {
      files: [{ name: "plan.pdf", url_private: "https://files.slack.example/plan.pdf" }],
    }),
    said(1_600_086_404, "U1", "x".repeat(25_000)),
  ],
  "den/2020-09-14.json": [said(1_600_000_300, "U3", "between us")],
  "D1/2020-09-14.json": [said(1_600_000_400, "U1", "psst")],
};

/** Packs an export. */
export function archive(files = EXPORT): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return new Uint8Array(zipSync(Object.fromEntries(
    Object.entries(files).map(([name, value]) => [name, encoder.encode(JSON.stringify(value))]),
  )));
}

/** Imports an export into a new store, and looks at it. */
export async function imported(
  files: Files | Uint8Array,
  look: (store: Store, slack: SlackImport) => Promise<void>,
  { unpacked = false } = {},
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const path = unpacked ? `${directory}/export` : `${directory}/export.zip`;
    if (unpacked) await unpack(path, files as Files);
    else await Deno.writeFile(path, files instanceof Uint8Array ? files : archive(files));
    const place = { path: `${directory}/one.db`, durability: "process" } as const;
    const slack = await readSlack(path, "https://chat.example.org");
    const dump = dumpSqlite(place, "write");
    try {
      await importRecords(dump, slack.records);
    } finally {
      await dump.close();
    }
    const store = await openSqlite(place);
    try {
      await look(store, slack);
    } finally {
      await store.close();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function unpack(path: string, files: Files): Promise<void> {
  for (const [name, value] of Object.entries(files)) {
    const file = `${path}/${name}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, JSON.stringify(value));
  }
}
