// PostgreSQL's search index: blocks of messages in the order of time, and a queue of those that wait.
import { assert, assertEquals, assertExists } from "@std/assert";
import { INITIAL } from "../../lib/store/postgres/migrations/0001_initial.sql.ts";
import { Database, type Parameter } from "../../lib/store/postgres/database.ts";
import { BLOCK_MESSAGES, searchWords } from "../../lib/store/postgres/search.sql.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import type { Store } from "../../lib/store/store.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import {
  AT,
  edit,
  makeStoreFixture,
  message,
  remove,
  store as put,
  upTo,
} from "./contract/fixture.ts";

const cluster = usePostgres();

function searchTest(
  name: string,
  kind: "hubbub" | "empty",
  prove: (database: string, url: string) => Promise<void>,
): void {
  Deno.test({
    name: `postgres, search: ${name}`,
    ignore,
    async fn() {
      const database = await cluster.make(kind);
      try {
        await prove(database, cluster.url(database));
      } finally {
        await cluster.drop(database);
      }
    },
  });
}

/** Everything that a query finds, page by page. */
async function found(store: Store, account: number, query: string): Promise<readonly string[]> {
  const texts: string[] = [];
  let before: string | null = null;
  do {
    const page: Awaited<ReturnType<Store["search"]>> = await store.search({
      ...{ account, query, room: null, before, limit: 500 },
    });
    texts.push(...page.hits.map(({ message }) => message.text));
    before = page.next;
  } while (before !== null);
  return texts;
}

/** The number of rows that match a condition. */
async function count(database: string, from: string): Promise<number> {
  const [row] = await cluster.run(database, `SELECT count(*)::int AS n FROM hubbub.${from}`);
  return Number(row?.n);
}

searchTest(
  "a database of the first release is indexed anew, by time",
  "empty",
  async (database, url) => {
    await cluster.run(
      database,
      `CREATE SCHEMA hubbub; SET search_path = hubbub;
     CREATE TABLE migrations (version bigint PRIMARY KEY); INSERT INTO migrations VALUES (101);
     ${INITIAL}
     INSERT INTO accounts (name, folded, skeleton, role, created_at)
       VALUES ('Alice', 'alice', 'alice', 'member', 0);
     INSERT INTO rooms (kind, name, folded, seq, created_at)
       VALUES ('public', 'Team', 'team', 3000, 0);
     INSERT INTO members (room, account, folded, joined_at) VALUES (1, 1, 'team', 0);
     INSERT INTO events (room, seq, sender, at, kind, deleted, text)
       SELECT 1, n, 1, 1000000 - n, 'message', n % 10 = 0,
         CASE WHEN n % 10 = 0 THEN '' ELSE 'ёлка ' || n END
       FROM generate_series(1, 3000) n;`,
    );
    const notices: string[] = [];
    // Instances that start together share the work.
    const stores = await Promise.all(
      upTo(2).map(() => openPostgres({ url, onNotice: (notice) => void notices.push(notice) })),
    );
    const expected = upTo(3_000).filter((n) => n % 10 !== 0).map((n) => `ёлка ${n}`);
    for (const store of stores) assertEquals(await found(store, 1, "елка"), expected);
    assertEquals(await count(database, "search_queue"), 0);
    assertEquals(await count(database, "search_entries"), expected.length);
    assertEquals(notices, [], "few messages are no reason to wait");
    await Promise.all(stores.map((store) => store.close()));
  },
);

searchTest(
  "blocks are closed with the times of their messages",
  "hubbub",
  async (database, url) => {
    const store = await openPostgres({ url });
    const { alice, team } = await makeStoreFixture(store);
    // A message of long ago that comes late, by way of the queue, has a low id.
    const overdue = { room: team.id, sender: alice.id, at: AT - 1e10, key: null, kind: "message" };
    await cluster.run(
      database,
      `SET search_path = hubbub;
       SELECT * FROM append('old', 1, '${JSON.stringify([{ ...overdue, text: "word late" }])}')`,
    );
    assertEquals(await found(store, alice.id, "word"), ["word late"]);
    await cluster.run(
      database,
      `SELECT setval('hubbub.events_id_seq', ${3 * BLOCK_MESSAGES - 200})`,
    );
    const said = upTo(500);
    for (let n = 0; n < 500; n += 50) {
      await put(
        store,
        ...upTo(50).map((k) => ({
          // Some come late, and one from the future.
          ...message(team, alice, `word ${n + k}`),
          at: AT + (n + k) * 60_000 - (k === 7 ? 9_000_000 : 0) + (n + k === 90 ? 1e11 : 0),
        })),
      );
    }
    const at = (n: number) => n * 60_000 - (n % 50 === 7 ? 9_000_000 : 0) + (n === 90 ? 1e11 : 0);
    const expected = said.toSorted((a, b) => at(b) - at(a) || b - a).map((n) => `word ${n}`);
    assertEquals(await found(store, alice.id, "word"), [...expected, "word late"]);
    const longAgo = await store.search({
      ...{ account: alice.id, query: "word", room: null, before: null, until: AT - 1e9, limit: 9 },
    });
    assertEquals(longAgo.hits.map(({ message }) => message.text), ["word late"]);
    assertEquals(await count(database, "search_blocks WHERE last_at IS NULL"), 1);
    assertEquals(await count(database, "search_blocks"), 2);
    const one = await store.search({
      ...{ account: alice.id, query: "word", room: null, before: null, limit: 3 },
    });
    assertEquals(one.hits.map(({ message }) => message.text), expected.slice(0, 3));
    await store.close();
  },
);

searchTest(
  "messages from an instance of the version before are found",
  "hubbub",
  async (database, url) => {
    const store = await openPostgres({ url });
    const { alice, team } = await makeStoreFixture(store);
    await put(store, message(team, alice, "tea"), message(team, alice, "coffee"));
    const old = (items: readonly object[]) =>
      cluster.run(
        database,
        `SET search_path = hubbub; SELECT * FROM append('old', 1, '${JSON.stringify(items)}')`,
      );
    const base = { room: team.id, sender: alice.id, at: AT, key: null };
    const verdicts = { none: "no_such_message", foreign: "forbidden" };
    await old([
      { ...base, kind: "message", text: "Grüner Tee", words: "gruner tee p:g p:gr p:t p:te" },
      {
        ...{ ...base, kind: "edit", target: 2, about: 2, verdicts, words: "cocoa p:c" },
        ...{ change_text: "cocoa", change_edited_at: AT },
      },
    ]);
    assertEquals(await found(store, alice.id, "gruner"), ["Grüner Tee"]);
    assertEquals(await found(store, alice.id, "cocoa"), ["cocoa"]);
    assertEquals(await found(store, alice.id, "coffee"), []);
    await store.close();
  },
);

searchTest(
  "an edit keeps a message in its block, and a deletion leaves nothing",
  "hubbub",
  async (database, url) => {
    const store = await openPostgres({ url });
    const { alice, team } = await makeStoreFixture(store);
    await put(store, ...upTo(20).map((n) => message(team, alice, `tea ${n}`)));
    await cluster.run(database, "UPDATE hubbub.search_entries SET block = 99");
    await put(store, ...upTo(10).map((n) => edit(team, alice, n, `coffee ${n}`)));
    await store.search({ account: alice.id, query: "x", room: null, before: null, limit: 1 });
    assertEquals(await count(database, "search_entries WHERE block = 99"), 20);
    await put(store, ...upTo(20).map((n) => remove(team, alice, n)));
    assertEquals(await count(database, "search_entries"), 0);
    assertEquals(await count(database, "search_queue"), 0);
    assertEquals(await count(database, "events WHERE words IS NOT NULL"), 0);
    await store.close();
  },
);

/** Messages of the long log; one in a thousand is in the quiet room. */
const LONG = 40_000;

/** Blocks of 10,000 messages. Words are in every message, in one of a hundred, or in one of 20,000. */
const LONG_LOG = `SET search_path = hubbub;
UPDATE rooms SET seq = ${LONG};
INSERT INTO rooms (kind, name, folded, seq, created_at)
  VALUES ('public', 'quiet', 'quiet', ${LONG / 1_000}, 0), ('public', 'silent', 'silent', 0, 0);
INSERT INTO members (room, account, folded, joined_at)
  SELECT r.id, a.id, r.folded, 0 FROM rooms r, accounts a
  WHERE r.name IN ('quiet', 'silent') AND a.name = 'Alice';
INSERT INTO events (room, seq, sender, at, kind, text)
  SELECT r.id, n, a.id, n, 'message',
    'often often2 some' || n % 100 || CASE n % 20000 WHEN 7 THEN ' seldom' ELSE '' END
  FROM generate_series(1, ${LONG}) n
  JOIN rooms r ON r.name = CASE n % 1000 WHEN 0 THEN 'quiet' ELSE 'Team' END
  JOIN accounts a ON a.name = 'Alice' ORDER BY n;
DELETE FROM search_blocks;
INSERT INTO search_blocks (block, first_at, last_at) OVERRIDING SYSTEM VALUE
  SELECT n, 10000 * (n - 1), CASE WHEN n < 4 THEN 10000 * n - 1 END FROM generate_series(1, 4) n;
INSERT INTO search_entries (id, at, room, block, words)
  SELECT e.id, e.at, e.room, b.block,
    ${searchWords("b.block", "('_r' || e.room || ' _s' || e.sender || ' ' || e.text)")}
  FROM events e JOIN search_blocks b ON e.at BETWEEN b.first_at AND coalesce(b.last_at, ${LONG})
  ORDER BY e.id;`;

/** A statement and its parameters. */
interface Asked {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** The most pages that the database may read to find out which messages match: 60 a block. */
const MAX_PAGES = 60 * 4;

searchTest(
  "a search reads few pages, whatever is wanted and where",
  "hubbub",
  async (database, url) => {
    const { run } = Database.prototype;
    const asked: Asked[] = [];
    let db: Database | undefined;
    Database.prototype.run = function (sql, parameters = []) {
      db = this;
      if (sql.includes("newest_matches")) asked.push({ sql, parameters });
      return run.call(this, sql, parameters);
    };
    try {
      const store = await openPostgres({ url });
      const { alice, team } = await makeStoreFixture(store);
      await cluster.run(database, LONG_LOG);
      const pagesOf = async (query: string, room: number | null, more = {}) => {
        asked.length = 0;
        const search = { account: alice.id, query, room, before: null, limit: 20 };
        const { hits } = await store.search({ ...search, ...more });
        assertExists(db);
        const readBy = async ({ sql, parameters }: Asked) => {
          const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`;
          const [row] = await run.call(db!, explain, parameters);
          const [{ Plan: plan }] = row?.["QUERY PLAN"] as [{ Plan: Record<string, number> }];
          return (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
        };
        let pages = 0;
        for (const question of asked) {
          // The first calls on a connection read the catalog as well.
          const reads = await Array.fromAsync(upTo(3), () => readBy(question));
          pages += Math.min(...reads);
        }
        return { hits: hits.length, pages, statements: asked.length };
      };
      const roomOf = async (name: string) => (await store.findRoom(name, alice.id))?.id ?? 0;
      const [quiet, silent] = [await roomOf("quiet"), await roomOf("silent")];
      const cases = {
        "a frequent word": [await pagesOf("often ", null), 20],
        "two frequent words in a room": [await pagesOf("often often2 ", team.id), 20],
        "an unfinished word": [await pagesOf("oft", null), 20],
        "a word in one of a hundred messages": [await pagesOf("some7 ", null), 20],
        "a rare word": [await pagesOf("seldom ", null), 2],
        "a word that nobody wrote": [await pagesOf("nothing ", null), 0],
        "the beginning of none": [await pagesOf("noth", null), 0],
        "a frequent word in a quiet room": [await pagesOf("often ", quiet), 20],
        "an unfinished word in a quiet room": [await pagesOf("oft", quiet), 20],
        "a rare word in a quiet room": [await pagesOf("seldom ", quiet), 0],
        "an unfinished word in a silent room": [await pagesOf("oft", silent), 0],
        "a frequent word, long ago": [await pagesOf("often ", null, { until: 9_000 }), 20],
        "a frequent word, in a short time": [
          await pagesOf("often ", null, { since: 5_000, until: 5_010 }),
          10,
        ],
        "words that are never together": [await pagesOf("some7 some8 ", null), 0],
        "rare words among frequent ones": [await pagesOf("often often2 some7 seldom ", null), 2],
        "frequent words with none": [await pagesOf("often often2 nothing ", null), 0],
      } as const;
      for (const [name, [{ hits, pages }, expected]] of Object.entries(cases)) {
        assertEquals(hits, expected, name);
        assert(pages <= MAX_PAGES, `${name}: ${pages} pages`);
      }
      // The index knows no order of words: the texts are read, more at a time the longer it takes.
      const never = await pagesOf("", null, { phrases: ["often2 often"], until: 2_000 });
      assertEquals([never.hits, never.statements], [0, 5]);
      await store.close();
    } finally {
      Database.prototype.run = run;
    }
  },
);
