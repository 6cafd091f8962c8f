/**
 * A store with data of every kind.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Account, Append, RoomRecord } from "../../lib/store/records.ts";
import type { Store } from "../../lib/store/store.ts";
import {
  AT,
  change,
  edit,
  guest,
  makeStoreFixture,
  message,
  newAccount,
  react,
  remove,
  reply,
  room,
  store as put,
  upTo,
} from "../store/contract/fixture.ts";

const DAY = 86_400_000;

/** A password hash: 16 bytes of salt and 32 of key. */
const HASH = `scrypt$131072$8$1$${"s".repeat(22)}$${"k".repeat(43)}`;

/** The amount of data. */
export interface Size {
  /** The messages in one of the rooms. */
  readonly messages: number;
  /** The parts of the largest file, and the bytes of each part. */
  readonly parts: number;
  readonly partBytes: number;
}

const LARGE: Size = { messages: 1_200, parts: 20, partBytes: 10_000 };

/** Fills a new store. */
export async function fill(store: Store, size: Size = LARGE): Promise<void> {
  const { alice, bob, carol, team } = await makeStoreFixture(store);
  await people(store);
  // It stays on its machine: an import refuses it.
  await store.replaceValue("certificate chat.example.org", null, "the key of a certificate");
  await store.replaceValue(
    "server",
    null,
    '{"name":"The Müllers","icon":{"id":"abc","type":"image/png","side":64,"data":"iVBORw=="}}',
  );
  const den = await room(store, "Den", alice, "private");
  const direct = await store.directRoom(alice, bob, AT);
  const notes = await store.directRoom(carol, carol, AT);
  await store.addInvitation({ room: den.id, account: carol.id, inviter: alice.id, at: AT });
  await put(
    store,
    message(team, alice, "Crème brûlée for two", { key: "k1" }),
    message(team, bob, "a text with NUL \0, marks \u0002\u0003 and an escape \u0010", {
      key: "k1",
    }),
    message(team, bob, "secret, soon gone"),
    message(den, alice, "👩‍🚀 שלום\nsecond line\r\n\ttab"),
    message(direct, bob, "psst"),
    message(notes, carol, "to myself"),
    message(team, bob, "an answer", { replyTo: 1 }),
    {
      ...message(team, bob, "@Alice and @room") as Extract<Append, { kind: "message" }>,
      ...{ mentions: [alice.publicId, "room"], mentionNames: ["Alice", "room"] },
    },
  );
  await put(
    store,
    edit(team, alice, 1, "Crème brûlée for three"),
    remove(team, bob, 3),
    react(team, bob, 1, "👍"),
    react(team, alice, 1, "👍"),
    react(team, alice, 1, "🎉"),
    react(team, alice, 1, "🎉", { on: false }),
  );
  await put(
    store,
    ...upTo(size.messages).map((n) => message(den, alice, `line ${n}`, { key: `d${n}` })),
  );
  await guests(store, team.id);
  await files(store, team.id, bob.id, size);
  await rooms(store, team, alice, bob);
  await threads(store, direct, alice, bob);
  await polls(store, alice, bob);
  await conversation(store, alice, bob, carol);
  await previews(store, alice);
  await order(store, team.id, { alice: alice.id, bob: bob.id, carol: carol.id });
}

async function people(store: Store): Promise<void> {
  const owner = await store.createAccount(newAccount("Öwner", { role: "owner", password: HASH }));
  assert(typeof owner === "object");
  const bot = await store.createAccount(newAccount("Bot", { role: "bot" }));
  assert(typeof bot === "object");
  await store.renameAccount(bot.id, { name: "Robot", skeleton: "robot", at: AT });
  const left = await store.createAccount(newAccount("Lee"));
  assert(typeof left === "object");
  await store.setActive(left.id, false, AT);
  const erased = await store.createAccount(newAccount("Ed"));
  assert(typeof erased === "object");
  await store.eraseAccount(erased.id, "Deleted user", AT);
  await store.createSession({ hash: "s1", account: owner.id, label: "Firefox on Linux", at: AT });
  await store.createSession({ hash: "s2", account: bot.id, label: "bot", at: AT + 1 });
  const provided = { issuer: "https://id.example", subject: "öwner-1", account: owner.id };
  assert(await store.linkProviderAccount({ ...provided, session: "s1", at: AT }));
  await store.addPush("s1", { endpoint: "https://push.example/1", p256dh: "p", auth: "a" }, AT);
  for (const id of ["zkey", "Akey"]) {
    await store.addPasskey({
      ...{ id, account: owner.id, publicKey: new Uint8Array([0, 1, 255]), counter: 3 },
      ...{ transports: ["usb", "nfc"], label: "key", createdAt: AT },
    });
  }
  const ticket = { hash: "t1", account: owner.id, data: "s1", expiresAt: AT + DAY };
  await store.putTicket({ ...ticket, kind: "device" }, AT);
  await store.secret("device");
  await store.secret("vapid");
}

async function guests(store: Store, team: number): Promise<void> {
  const gone = await guest(store, "Eve");
  await store.addMember(team, gone.id, AT);
  await put(store, message({ id: team }, gone, "from a guest", { key: "g1" }));
  await store.retireGuest(gone.id);
  const here = await guest(store, "Eve");
  await store.addMember(team, here.id, AT + 1);
  const removed = await guest(store, "Rude");
  await store.addMember(team, removed.id, AT);
  await store.removeMember(team, removed.id, { at: AT, until: AT + DAY });
  await put(store, message({ id: team }, here, "from another guest", { key: "g2" }));
}

async function files(
  store: Store,
  team: number,
  uploader: number,
  size: Size,
): Promise<void> {
  const begin = async (id: string, parts: number) => {
    const expiresAt = AT + 100 * DAY;
    await store.beginFile({ id, room: team, uploader, name: `${id} ä.png`, expiresAt });
    for (const n of upTo(parts)) {
      assert(await store.addFilePart(id, new Uint8Array(size.partBytes).fill(n), 1e9));
    }
  };
  await begin("whole", size.parts);
  assert(await store.addThumbnail("whole", new Uint8Array(9).fill(7), 1e9));
  await store.finishFile("whole", {
    ...{ type: "image/png", width: 640, height: 480 },
    thumbnail: { width: 64, height: 48 },
  });
  await begin("voice", 1);
  const recording = {
    type: "audio/webm",
    width: null,
    height: null,
    duration: 1_200,
    peaks: "AZaz-_",
  };
  await store.finishFile("voice", recording);
  await begin("loose", 1);
  await store.finishFile("loose", { type: "application/octet-stream", width: null, height: null });
  await begin("begun", 1);
  const bob = await store.accountById(uploader);
  assert(bob !== null);
  await put(store, message({ id: team }, bob, "a picture", { files: ["whole", "voice"] }));
}

/** A thread of three replies, one of them gone, that one of two follows. */
async function threads(
  store: Store,
  place: RoomRecord,
  alice: Account,
  bob: Account,
): Promise<void> {
  await put(
    store,
    reply(place, alice, "in a thread", 1),
    { ...reply(place, bob, "in the conversation, too", 1), alsoInRoom: true } as Append,
    reply(place, bob, "soon gone", 1),
  );
  await put(store, remove(place, bob, 4));
  await store.markThreadRead(place.id, 1, alice.id, 3);
  await store.followThread(place.id, 1, bob.id, false);
}

/** An anonymous poll that two vote in, one of them twice, and that is closed. */
async function polls(store: Store, alice: Account, bob: Account): Promise<void> {
  const place = await room(store, "Polls", alice);
  const poll = { question: "Käse?", options: ["Brie", "Gouda"], anonymous: true } as const;
  const vote = (sender: Account, ...options: readonly number[]): Append => ({
    ...{ kind: "poll_voted", room: place.id, sender, at: AT, key: null, target: 1, options },
    anonymous: true,
  });
  const said = { ...message(place, alice, "Käse?"), poll } as Append;
  await put(store, said, vote(alice, 0), vote(bob, 0), vote(bob, 1));
  const close = { kind: "poll_closed", room: place.id, sender: alice, at: AT, key: null } as const;
  await put(store, { ...close, target: 1 });
}

/** A message with a preview that has a picture, and one whose preview was removed. */
async function previews(store: Store, alice: Account): Promise<void> {
  const place = await room(store, "Links", alice);
  for (const id of ["shown", "removed"]) {
    const expiresAt = AT + 100 * DAY;
    await store.beginFile({ id, room: place.id, uploader: alice.id, name: "preview", expiresAt });
    assert(await store.addFilePart(id, new Uint8Array(9), 1e9));
    await store.finishFile(id, { type: "image/png", width: 40, height: 30 });
  }
  const added = (target: number, id: string): Append => ({
    ...{ kind: "preview_added", room: place.id, sender: alice, at: AT, key: null, target },
    preview: { url: "https://example.org/", title: "Käse", image: { id, width: 40, height: 30 } },
    files: [id],
  });
  await put(store, message(place, alice, "https://example.org/"), added(1, "shown"));
  await put(store, message(place, alice, "https://example.org/"), added(3, "removed"));
  const gone = {
    kind: "preview_removed",
    room: place.id,
    sender: alice,
    at: AT,
    key: null,
  } as const;
  await put(store, { ...gone, target: 3, edited: null });
}

/** Rooms that were renamed, archived and deleted. */
async function rooms(store: Store, team: RoomRecord, alice: Account, bob: Account): Promise<void> {
  await put(
    store,
    change(team, alice, { name: "Equipe", title: "Über uns" }),
    change(team, alice, { name: "Team", locked: true, slowSeconds: 5, retentionDays: 36_500 }),
  );
  const news = await room(store, "News", alice);
  await put(
    store,
    message(news, alice, "an announcement"),
    change(news, alice, { mayPost: "hosts", mayInvite: "hosts", mayPin: "everyone" }),
    change(news, alice, { threads: false, previews: false, retentionDays: 36_499 }),
  );
  const his = await room(store, "Taken", bob, "private");
  const old = await room(store, "Old", alice);
  await store.addMember(old.id, bob.id, AT);
  await put(
    store,
    message(old, bob, "before"),
    change(old, alice, { name: "Taken", visibility: "private", archived: true }),
  );
  const gone = await room(store, "Gone", alice);
  await put(store, message(gone, alice, "never exported"), message(his, bob, "kept"));
  await store.deleteRoom(gone.id, AT + 1);
}

/** A conversation without a name: Bob is in it, Carol was asked. */
async function conversation(store: Store, ...people: readonly Account[]): Promise<void> {
  const [alice, bob, carol] = people;
  assert(alice && bob && carol);
  const { room } = await store.conversationOf({
    ...{ name: "conversation-1", people: people.map(({ id }) => id), creator: alice.id, at: AT },
  });
  await store.addMember(room.id, bob.id, AT);
  await store.addInvitation({ room: room.id, account: carol.id, inviter: alice.id, at: AT });
  await put(store, message(room, bob, "to both of you"));
}

async function order(
  store: Store,
  team: number,
  { alice, bob, carol }: Readonly<Record<"alice" | "bob" | "carol", number>>,
): Promise<void> {
  await store.markRead(team, bob, 2);
  await store.setLevel(team, alice, "all");
  await store.setRoomPrefs(team, bob, { favourite: true, section: "Würfel", introduced: true }, AT);
  await store.saveMessage(alice, { room: team, seq: 1 }, AT);
  await store.saveMessage(alice, { room: team, seq: 2 }, AT);
  await store.setReminder(alice, { room: team, seq: 2 }, AT + DAY);
  await store.setReminder(bob, { room: team, seq: 1 }, AT);
  for (const due of await store.claimReminders(AT, AT + DAY, 9)) await store.finishReminder(due);
  const later = { room: team, account: bob, createdAt: AT };
  const content = { message: "später\0", reply_to: 1 };
  const waiting = { id: "waiting", room: team, uploader: bob, name: "wartet.txt" };
  await store.beginFile({ ...waiting, expiresAt: AT + 100 * DAY });
  assert(await store.addFilePart("waiting", new Uint8Array(9).fill(5), 1e9));
  const type = "application/octet-stream";
  await store.finishFile("waiting", { type, width: null, height: null });
  const inThread = { message: "im Thread", thread: 1, also_in_room: true };
  const files = ["waiting"];
  // In 2100: whenever this runs, it waits.
  const far = 4_102_444_800_000;
  await store.schedule({ ...later, id: "s0", key: "k7", content: inThread, files, at: far });
  await store.schedule({ ...later, id: "s1", key: "k9", content, at: AT + DAY });
  await store.schedule({ ...later, id: "s2", key: "k8", content, at: AT });
  await store.finishScheduled("s2", "muted");
  const draft = { message: "fast\0 fertig", edit: { seq: 1, message: "besser" } };
  await store.setDraft(bob, { room: team, thread: 0 }, draft, AT);
  await store.setDraft(bob, { room: team, thread: 1 }, null, AT);
  const avatar = { id: "f1", type: "image/png", bytes: new Uint8Array([0, 1, 255]) };
  const status = { emoji: "🌴", text: "am Meer", until: AT + DAY };
  await store.setProfile(bob, { displayName: { name: "Bób", skeleton: "bób" }, status, avatar });
  await store.setProfile(alice, { status: { ...status, until: null } });
  const own = { emoji: ":grösse_1:", picture: "e1", type: "image/gif", bytes: avatar.bytes };
  await store.addEmoji({ ...own, creator: bob, at: AT });
  const report = { room: team, seq: 1, by: "Bob", byId: "bobs-id", reason: "ü\0", at: AT };
  await store.addReport({ ...report, id: "r1" });
  await store.addReport({ ...report, id: "r2", seq: 2 });
  await store.resolveReports("r2", { by: "Alice", byId: "alices-id", at: AT, note: "" });
  await store.ban({ account: carol, address: "192.0.2.7", reason: "a\nreason", at: AT });
  await store.putGroup({ publicId: null, name: "Größe", members: [alice, bob], at: AT });
  const weekly = [{ days: ["mon"], from: "22:00", to: "07:00" }] as const;
  await store.setQuiet(bob, { until: AT, weekly: { weekly, time_zone: "Europe/Berlin" } });
  await store.mute(bob, AT + DAY);
  await store.block(alice, bob, true);
  const invite = { role: "member", creator: alice, at: AT } as const;
  await store.createInvite({ ...invite, hash: "i1", room: team, expiresAt: AT + DAY, uses: 3 });
  await store.createInvite({ ...invite, hash: "i2", room: null, expiresAt: null, uses: null });
  const bot = await store.createAccount(newAccount("Poster", { role: "bot" }));
  assert(typeof bot === "object");
  const hook = { creator: alice, bot: bot.id, at: AT };
  await store.createHook({ ...hook, id: "in", kind: "incoming", room: team, hash: "t1" });
  const target = { url: "https://example.org/?a=ü", secret: "c2VjcmV0", events: ["reaction"] };
  await store.createHook({ ...hook, ...target, id: "out", kind: "outgoing", rooms: [team] });
  await store.setHookState("out", { failingSince: AT, pausedAt: AT + DAY });
  const by = { at: AT, by: "Alice", byId: "alices-id", action: "mute" };
  const what = { subject: "Bob", subjectId: "bobs-id", room: "Team", roomId: "teams-id" };
  await store.recordModeration({ ...by, ...what, detail: "1 s" });
}
