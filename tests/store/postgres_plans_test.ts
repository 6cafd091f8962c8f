import { assert, assertEquals, assertExists } from "@std/assert";
import { Database, type Parameter } from "../../lib/store/postgres/database.ts";
import { searchWords } from "../../lib/store/postgres/search.sql.ts";
import { openPostgres } from "../../lib/store/postgres/store.ts";
import { ignore, usePostgres } from "../support/postgres.ts";
import { AT, makeStoreFixture, message, remove, reply } from "./contract/fixture.ts";

const cluster = usePostgres();

/** Enough rows for the plans of a server that has been in use. */
const FILL = `
SET search_path = hubbub;
INSERT INTO accounts (name, folded, skeleton, role, created_at)
  SELECT 'p' || n, 'p' || n, 'p' || n, 'member', 0 FROM generate_series(1, 2000) n;
INSERT INTO rooms (kind, name, folded, seq, created_at)
  SELECT 'public', 'room' || n, 'room' || n, 100, 0 FROM generate_series(1, 300) n;
UPDATE rooms SET retention_days = 1 WHERE name = 'room1';
INSERT INTO rooms (kind, name, low, high, seq, created_at)
  SELECT 'direct', '', n, n + 1, 1, 0 FROM generate_series(1, 1999) n;
INSERT INTO members (room, account, folded, joined_at)
  SELECT r.id, a.id, r.folded, 0 FROM rooms r, accounts a
  WHERE r.kind = 'public' AND (r.id + a.id) % 40 = 0;
INSERT INTO events (room, seq, sender, at, key_space, key, kind, text)
  SELECT r.id, n, 1 + n % 2000, n, n, 'k' || n, 'message', 'often w' || n
  FROM rooms r, generate_series(1, CASE r.name WHEN 'room1' THEN 20000 ELSE 50 END) n
  WHERE r.name LIKE 'room%';
INSERT INTO search_entries (id, at, room, block, words)
  SELECT id, at, room, 1, ${
  searchWords("1", "('_r' || room || ' _s' || sender || ' ' || text)")
} FROM events;
INSERT INTO mentions (account, room, seq)
  SELECT e.sender % 2000, e.room, e.seq FROM events e WHERE e.seq % 10 = 0;
INSERT INTO reactions (room, target, emoji, account, seq)
  SELECT e.room, e.seq, 'x', 1, e.seq FROM events e;
INSERT INTO sessions (hash, account, label, created_at, seen_at)
  SELECT 'h' || id, id, '', 0, 0 FROM accounts;
INSERT INTO pushes (session, account, endpoint, p256dh, auth, created_at)
  SELECT hash, account, hash, '', '', 0 FROM sessions;
INSERT INTO passkeys (id, account, public_key, counter, transports, label, created_at)
  SELECT 'k' || id, id, '', 0, '[]', '', 0 FROM accounts;
INSERT INTO invites (hash, role, created_at) SELECT 'i' || n, 'member', 0 FROM generate_series(1, 2000) n;
INSERT INTO tickets (hash, kind, data, expires_at)
  SELECT 't' || n, 'device', '', n FROM generate_series(1, 2000) n;
INSERT INTO bans (account, address, reason, at) SELECT id, 'a' || id, '', 0 FROM accounts
  WHERE id > 1000;
INSERT INTO moderation (at, by, action) SELECT n, 'x', 'y' FROM generate_series(1, 2000) n;
INSERT INTO files (id, room, uploader, name, type, seq, place)
  SELECT 'f' || e.id, e.room, e.sender, '', 'x/y', e.seq, 0 FROM events e;
ANALYZE;
`;

/** The steps of a plan, outermost first. */
function stepsOf(plan: unknown): readonly Record<string, unknown>[] {
  if (typeof plan !== "object" || plan === null) return [];
  const inner = Object.values(plan).flatMap((value) =>
    Array.isArray(value) ? value.flatMap(stepsOf) : stepsOf(value)
  );
  return "Node Type" in plan ? [plan as Record<string, unknown>, ...inner] : inner;
}

Deno.test({
  name: "postgres: no statement scans a table, except those that list all of it",
  ignore,
  async fn() {
    const database = await cluster.make();
    await cluster.run(database, FILL);
    const asked = new Map<string, readonly Parameter[]>();
    const { run } = Database.prototype;
    let db: Database | undefined;
    Database.prototype.run = function (sql, parameters = []) {
      db = this;
      asked.set(sql, parameters);
      return run.call(this, sql, parameters);
    };
    try {
      const store = await openPostgres({ url: cluster.url(database) });
      const { alice, bob, team } = await makeStoreFixture(store);
      const direct = await store.directRoom(alice, bob, AT);
      const said = message(team, alice, "often", { key: "k" });
      await store.append([said, message(direct, bob, "hi"), said]);
      await store.append([message(team, alice, "plain"), message(direct, bob, "hi", { key: "p" })]);
      await store.append([remove(team, alice, 1)]);
      const large = await store.findRoom("room1", alice.id);
      assertExists(large);
      const bounds = { limit: 50, maxLength: 9_999 };
      await store.replay(large.id, 10_000, 20_000, bounds);
      await store.pageBefore(large.id, 10_000, bounds);
      await store.pageAfter(large.id, 10_000, bounds);
      await store.pageWith(large.id, "pinned", 10_000, bounds);
      await store.append([reply(direct, alice, "in a thread", 1)]);
      await store.append([remove(direct, alice, 2)]);
      await store.pageBefore(large.id, 10_000, bounds, 1);
      await store.pageAfter(large.id, 1, bounds, 1);
      await store.followThread(direct.id, 1, bob.id, true);
      await store.followedThreads(bob.id, null, 5);
      await store.threadFollowers(direct.id, 1);
      await store.markThreadRead(direct.id, 1, bob.id, 2);
      const search = { account: 40, room: null, before: null, limit: 5 };
      for (const query of ["often", "w7", "of", "nothing"]) {
        await store.search({ ...search, query });
      }
      await store.search({ ...search, query: "often", sender: 7, since: 5, until: 50 });
      await store.roomsOf(40);
      await store.listRooms(40, {
        ...{ begins: "room", after: "room2", afterPrivate: false, limit: 9 },
      });
      await store.roomsAt(40, { names: ["room1", "room7"], publicIds: [team.publicId] });
      await store.listAccounts({ begins: "a", after: "a2", limit: 9 });
      await store.findRoom("room7", alice.id);
      await store.membersOf(team.id);
      await store.markRead(team.id, alice.id, 1);
      await store.readState(large.id, 40, Number.MAX_SAFE_INTEGER);
      await store.markUnread(team.id, alice.id, 1);
      await store.setLevel(team.id, alice.id, "all");
      await store.removeMember(team.id, bob.id);
      await store.findAccount("Bob");
      await store.accountById(bob.id);
      await store.hasOwner();
      await store.accountsOf("owner");
      await store.createGuest({ name: "Gast", skeleton: "gast", at: AT });
      await store.retireGuest(7, { at: AT, traces: 0 });
      await store.sweepGuests(AT * 2, 1);
      await store.addInvitation({ room: team.id, account: 7, inviter: alice.id, at: AT });
      await store.invitationsOf(7);
      await store.isInvited(team.id, 7);
      await store.takeInvitation(team.id, 7);
      await store.areAcquainted(40, 41, [1, 2]);
      await store.areAcquainted(alice.id, bob.id, [team.id, 0]);
      await store.abandonedRooms();
      for (
        const what of [
          ...["rooms", "memberships", "blocks", "invitations", "links"] as const,
        ]
      ) {
        await store.held(what, 40, 9);
      }
      await store.fileBytesOf(40);
      const group = { publicId: null, name: "group", members: [40, 41], at: AT };
      const made = await store.putGroup(group);
      await store.putGroup({ ...group, publicId: made });
      await store.groups();
      await store.deleteGroup(made ?? "");
      const picture = { type: "image/png", bytes: new Uint8Array([1]), creator: 40, at: AT };
      await store.addEmoji({ ...picture, emoji: ":party:", picture: "p" });
      await store.findEmoji(":party:");
      await store.listEmoji({ begins: "", after: "", limit: 9 });
      await store.emojiOf(40);
      await store.hasEmoji(9);
      await store.emojiPicture("p");
      await store.deleteEmoji(":party:");
      await store.setQuiet(40, { until: AT });
      await store.quietOf(40);
      await store.retireGuests();
      await store.retireAccount(bob.id);
      await store.createSession({ hash: "a", account: alice.id, label: "", at: AT });
      await store.findSession("a");
      await store.touchSession("a", AT);
      await store.sessionsOf(alice.id);
      await store.endSession(alice.id, 1);
      await store.addPush("a", { endpoint: "e", p256dh: "", auth: "" }, AT);
      await store.hasPush("a");
      await store.pushTargets(team.id);
      await store.removePush("e");
      await store.endPush("a");
      const invite = { room: null, creator: null, expiresAt: null, uses: 1 };
      await store.createInvite({ ...invite, hash: "i", role: "owner", at: 0 });
      await store.findInvite("i", 0);
      await store.hasOwnerInvite();
      await store.redeemInvite("i", 0);
      await store.revokeInvite(1);
      await store.findPasskey("k1");
      await store.passkeysOf(alice.id);
      await store.putTicket(
        { hash: "t", kind: "device", account: null, data: "", expiresAt: 9 },
        0,
      );
      await store.takeTicket("t", "device", 0);
      await store.isBanned(alice.id);
      await store.isBannedAddress("a7");
      await store.ban({ account: 7, address: null, reason: "", at: AT });
      await store.unban(7);
      await store.mute(7, AT);
      await store.mutes(AT);
      await store.moderationLog({ before: null, limit: 5 });
      for (const kind of ["media", "other", undefined] as const) {
        await store.pageWithFiles(team.id, kind, 400, { limit: 5, maxLength: 999 });
      }
      await store.addThumbnail("f7", new Uint8Array(9), 1e9);
      await store.findFile("f7", 40, AT);
      await store.filePart("f7", 0);
      await store.sweepFiles(AT);
      for (const at of [AT, AT * 2]) {
        const step = await store.nextExpiry(at, 1);
        if (step !== null) await store.endExpiryStep(step, at);
      }
      for (let at = AT * 2, steps = 0; steps < 3; steps++, at += 86_400_000) {
        const step = await store.nextExpiry(at, 0);
        if (step?.looked) {
          await store.endExpiryStep({ ...step, looked: { ...step.looked, outliving: [1] } }, at);
        }
      }
      const { peers } = store;
      assertExists(peers);
      await peers.positionsOf([team.id, direct.id]);
      await peers.sessionsIn(["a", "h7"]);
      await peers.accountsIn([1, 2, 3]);
      await peers.conversationsOf([7, 8]);

      assert(asked.size > 60, `${asked.size}`);
      const scans: string[] = [];
      for (const [sql, parameters] of [...asked]) {
        assertExists(db);
        // What a procedure does has no plan of its own.
        if (sql.startsWith("CALL ")) continue;
        const [row] = await run.call(db, `EXPLAIN (FORMAT JSON) ${sql}`, parameters);
        for (const step of stepsOf(row?.["QUERY PLAN"])) {
          if (step["Node Type"] === "Seq Scan") scans.push(`${step["Relation Name"]}: ${sql}`);
          const bySeq = String(step["Index Name"] ?? "").match(/^(events_pkey|messages_by_seq)$/);
          // Pages and replays read their index in order, so that they can stop at any row. Of a
          // thread, its root is one row.
          if (bySeq && !sql.includes("e.thread = $4")) {
            assert(!/"Sort Key":\["e\.seq/.test(JSON.stringify(row)), sql);
          }
        }
      }
      // Every row of it is part of the result.
      const whole = /^(file_usage|instances|migrations|routines): /;
      assertEquals(scans.filter((scan) => !whole.test(scan)), []);
      await store.close();
    } finally {
      Database.prototype.run = run;
      await cluster.drop(database);
    }
  },
});
