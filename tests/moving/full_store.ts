/**
 * A store in which there is something of everything.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Store } from "../../lib/store/store.ts";
import {
  AT,
  edit,
  guest,
  makeWorld,
  message,
  newAccount,
  react,
  remove,
  room,
  store as put,
  upTo,
} from "../store/clauses/world.ts";

const DAY = 86_400_000;

/** Fills a new store. */
export async function fill(store: Store): Promise<void> {
  const { alice, bob, carol, team } = await makeWorld(store);
  await people(store);
  const den = await room(store, "Den", alice, "private");
  const direct = await store.directRoom(alice, bob, AT);
  const notes = await store.directRoom(carol, carol, AT);
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
  await put(store, ...upTo(1_200).map((n) => message(den, alice, `line ${n}`, { key: `d${n}` })));
  await guests(store, team.id);
  await files(store, team.id, bob.id);
  await order(store, team.id, { alice: alice.id, bob: bob.id, carol: carol.id });
}

async function people(store: Store): Promise<void> {
  const owner = await store.createAccount(newAccount("Öwner", { role: "owner", password: "hash" }));
  assert(typeof owner === "object");
  const bot = await store.createAccount(newAccount("Bot", { role: "bot" }));
  assert(typeof bot === "object");
  await store.createSession({ hash: "s1", account: owner.id, label: "Firefox on Linux", at: AT });
  await store.createSession({ hash: "s2", account: bot.id, label: "bot", at: AT + 1 });
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
  await put(store, message({ id: team }, here, "from another guest", { key: "g2" }));
}

async function files(store: Store, team: number, uploader: number): Promise<void> {
  const begin = async (id: string, parts: number) => {
    const expiresAt = AT + 100 * DAY;
    await store.beginFile({ id, room: team, uploader, name: `${id} ä.png`, expiresAt });
    for (const n of upTo(parts)) {
      assert(await store.addFilePart(id, new Uint8Array(10_000).fill(n), 1e9));
    }
  };
  await begin("whole", 20);
  await store.finishFile("whole", { type: "image/png", width: 640, height: 480 });
  await begin("loose", 1);
  await store.finishFile("loose", { type: "application/octet-stream", width: null, height: null });
  await begin("begun", 1);
  const bob = await store.accountById(uploader);
  assert(bob !== null);
  await put(store, message({ id: team }, bob, "a picture", { files: ["whole"] }));
}

async function order(
  store: Store,
  team: number,
  { alice, bob, carol }: Readonly<Record<"alice" | "bob" | "carol", number>>,
): Promise<void> {
  await store.markRead(team, bob, 2);
  await store.setLevel(team, alice, "all");
  await store.setRoomRules(team, { locked: true, slowMs: 5_000 });
  await store.ban({ account: carol, address: "192.0.2.7", reason: "a\nreason", at: AT });
  await store.mute(bob, AT + DAY);
  await store.block(alice, bob, true);
  const invite = { role: "member", creator: alice, at: AT } as const;
  await store.createInvite({ ...invite, hash: "i1", room: team, expiresAt: AT + DAY, uses: 3 });
  await store.createInvite({ ...invite, hash: "i2", room: null, expiresAt: null, uses: null });
  const entry = { at: AT, by: "Alice", action: "mute", subject: "Bob", room: null, detail: "1 s" };
  await store.recordModeration(entry);
}
