// Damages the data file and each of its side files in every way: no acknowledged data is lost
// silently.
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { StoreError } from "../../lib/store/error.ts";
import { openSqlite } from "../../lib/store/sqlite/store.ts";
import type { OnDamage } from "../../lib/store/sqlite/recovery.ts";
import { needs } from "../support/permissions.ts";
import { log, message, store as put, upTo } from "./contract/fixture.ts";

const permissions = needs("read", "write", "run");

/** Has a process write to a store in rounds; each ends as in a power failure. */
async function crash(directory: string, round: number): Promise<void> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-run"],
      new URL("./children/crash.ts", import.meta.url).href,
      ...[`${directory}/chat.db`, String(round)],
    ],
    stdout: "null",
  }).output();
  assertEquals(code, 137, new TextDecoder().decode(stderr));
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** The data acknowledged by the end of a round. */
function acknowledged(rounds: number): string[] {
  return upTo(rounds).flatMap((n) => [
    ...upTo(20).map((k) => `in tables ${n - 1} ${k - 1}`),
    ...["👍", "🎉", "👀"].map((emoji) => emoji + (n - 1)),
    ...upTo(40).map((k) => `in the log ${n - 1} ${k - 1}`),
  ]);
}

async function open(path: string, onDamage: OnDamage = "refuse") {
  const notices: string[] = [];
  const onNotice = (notice: string) => void notices.push(notice);
  const store = await openSqlite({ path, durability: "process", onDamage, onNotice });
  const alice = await store.findAccount("Alice");
  const team = alice && await store.findRoom("team", alice.id);
  const events = team === null ? [] : await log(store, team);
  const said = events.map((event) =>
    event.kind === "message" ? event.text : event.kind === "reaction" ? event.emoji : event.kind
  );
  const seqs = events.map(({ seq }) => seq);
  return { store, alice, team, said, seqs, notices };
}

/**
 * The contents of a file; empty if it is missing, since opening the store may create SQLite's own.
 */
async function bytesOf(file: string): Promise<Uint8Array> {
  return await Deno.readFile(file).catch(() => new Uint8Array());
}

type Damage = (file: string, older: string) => Promise<void>;

function change(by: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Damage {
  return async (file) => {
    await Deno.writeFile(file, by(await Deno.readFile(file)));
  };
}

function flip(at: (length: number) => number): Damage {
  return change((bytes) => {
    const place = at(bytes.length);
    if (place in bytes) bytes[place]! ^= 1;
    return bytes;
  });
}

const DAMAGES: Readonly<Record<string, Damage>> = {
  "a bit flipped at the beginning": flip(() => 3),
  "a bit flipped in the first record": flip(() => 60),
  "a bit flipped in the middle": flip((length) => length >> 1),
  "a bit flipped in the last record": flip((length) => length - 20),
  "its last bit flipped": flip((length) => length - 1),
  "its second half missing": change((bytes) => bytes.slice(0, bytes.length >> 1)),
  "its first half missing": change((bytes) => bytes.slice(bytes.length >> 1)),
  "its last byte missing": change((bytes) => bytes.slice(0, -1)),
  "its last line missing": change((bytes) =>
    bytes.slice(0, bytes.lastIndexOf(10, bytes.length - 2) + 1)
  ),
  "nothing in it": change(() => new Uint8Array()),
  "not there": (file) => Deno.remove(file),
  "zeros at its end": change((bytes) => bytes.fill(0, bytes.length - (bytes.length >> 2))),
  "rubbish after its end": change((bytes) =>
    Uint8Array.from([...bytes, ...new TextEncoder().encode("\nrubbish 1 [\n")])
  ),
  "replaced by an older copy": (file, older) => Deno.copyFile(older, file),
  "doubled": change((bytes) => Uint8Array.from([...bytes, ...bytes])),
  "a line doubled": change((bytes) =>
    Uint8Array.from([...bytes, ...bytes.slice(0, bytes.indexOf(10) + 1)])
  ),
};

const FILES = ["-log0", "-log1", "-mark", "-wal", "-shm", "-lock", ""];

/** A bit of a text in the data file: SQLite has no checksums, so it cannot be detected. */
function isUndetectable(file: string, damage: string): boolean {
  return file === "" && damage.includes("flipped");
}

Deno.test({
  name: "damage: no damage to any file loses acknowledged data silently",
  ...permissions,
  async fn() {
    const root = await Deno.makeTempDir();
    await Deno.mkdir(`${root}/live`);
    await crash(`${root}/live`, 0);
    await copy(`${root}/live`, `${root}/older`);
    await crash(`${root}/live`, 1);
    const expected = acknowledged(2);
    const outcomes: string[] = [];
    for (const file of FILES) {
      for (const [damage, harm] of Object.entries(DAMAGES)) {
        if (isUndetectable(file, damage)) continue;
        const place = `${root}/${outcomes.length}`;
        await copy(`${root}/live`, place);
        const path = `${place}/chat.db`;
        const about = `chat.db${file} with ${damage}`;
        await harm(path + file, `${root}/older/chat.db${file}`);
        const harmed = await bytesOf(path + file);
        const opened = await open(path).catch((error) => error);
        if (opened instanceof Error) {
          assert(opened instanceof StoreError, `${about}: ${opened.stack}`);
          assertEquals(await bytesOf(path + file), harmed, about);
          await goesOn(path, about, expected);
        } else {
          assertEquals(opened.said, expected, about);
          assertEquals(opened.seqs, upTo(expected.length), about);
          await opened.store.close();
        }
        outcomes.push(`${about}: ${opened instanceof Error ? "refused" : "whole"}`);
        await Deno.remove(place, { recursive: true });
      }
    }
    if (Deno.env.get("SHOW")) console.log(outcomes.join("\n"));
    const refused = outcomes.filter((outcome) => outcome.endsWith("refused")).length;
    assert(refused > 20 && refused < outcomes.length - 20, `${refused} of ${outcomes.length}`);
    await Deno.remove(root, { recursive: true });
  },
});

Deno.test({
  name: "damage: a data file that is lost while its server is stopped is not recreated",
  ...permissions,
  async fn() {
    const root = await Deno.makeTempDir();
    const path = `${root}/chat.db`;
    const first = await openSqlite({ path, durability: "process" });
    await first.createRoom({ name: "team", kind: "public", title: null, creator: null, at: 1 });
    await first.close();
    const whole = await Deno.readFile(path);
    for (const damage of ["nothing in it", "not there"]) {
      await DAMAGES[damage]?.(path, path);
      for (const onDamage of ["refuse", "keep-going"] as const) {
        const opened = await open(path, onDamage).catch((error) => error);
        assert(opened instanceof StoreError, damage);
        assertMatch(opened.message, /missing or empty, .*chat\.db-mark.* Put the data file back/);
      }
      await Deno.writeFile(path, whole);
    }
    const { store } = await open(path);
    await store.close();
    await Deno.remove(root, { recursive: true });
  },
});

/** With `keep-going` the readable data is there, in order, and accepts new messages. */
async function goesOn(path: string, about: string, expected: readonly string[]): Promise<void> {
  const before = new Set(
    Array.from(Deno.readDirSync(path.slice(0, -"/chat.db".length)), ({ name }) => name),
  );
  const opened = await open(path, "keep-going").catch((error) => error);
  if (opened instanceof Error) {
    // A file that SQLite itself cannot read is always refused.
    assertMatch(
      opened.message,
      /it is damaged|is missing or empty|is not a SQLite database|is damaged/,
      about,
    );
    return;
  }
  const { store, alice, team, said, seqs, notices } = opened;
  assertEquals(seqs, upTo(seqs.length), about);
  let from = 0;
  for (const text of said) {
    from = expected.indexOf(text, from) + 1;
    assertNotEquals(from, 0, `${about}: ${text} is out of order`);
  }
  assertMatch(notices.join(), /goes on without what is missing, under a new epoch/, about);
  const after = Array.from(Deno.readDirSync(path.slice(0, -"/chat.db".length)), ({ name }) => name);
  const preserved = after.filter((name) => name.includes(".damaged-"));
  assert(preserved.length > 0, `${about}: ${[...before]} ${after}`);
  if (alice !== null && team !== null) {
    const [next] = await put(store, message(team, alice, "and on"));
    assertEquals(next?.seq, seqs.length + 1, about);
  }
  await store.close();
  // From then on it is an ordinary file.
  const again = await open(path);
  assertEquals(again.said.slice(0, said.length), said, about);
  assertEquals(again.store.epoch, store.epoch, about);
  await again.store.close();
}
