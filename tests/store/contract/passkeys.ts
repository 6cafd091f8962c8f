import { assertEquals } from "@std/assert";
import type { NewPasskey } from "../../../lib/store/people.ts";
import type { Account } from "../../../lib/store/records.ts";
import { AT, type Contract } from "./fixture.ts";

function passkey(id: string, { id: account }: Account, rest: Partial<NewPasskey> = {}): NewPasskey {
  return {
    ...{ id, account, publicKey: Uint8Array.of(1, 0, 255), counter: 0 },
    ...{ transports: ["internal", "hybrid"], label: "Laptop", createdAt: AT },
    ...rest,
  };
}

/** Passkeys. */
export const passkeys: Contract = {
  "a passkey is returned as stored": async ({ store, alice }) => {
    const added = [
      passkey("one", alice, { publicKey: crypto.getRandomValues(new Uint8Array(500)) }),
      passkey("two", alice, { publicKey: new Uint8Array(), transports: [], label: "" }),
      passkey("three", alice, { counter: 0xffff_ffff, transports: ['a "b", c', "\u0000"] }),
    ];
    for (const each of added) {
      assertEquals(await store.addPasskey(each), true);
      assertEquals(await store.findPasskey(each.id), { ...each, account: alice });
    }
    assertEquals(await store.findPasskey("ONE"), null);
    assertEquals(
      await store.passkeysOf(alice.id),
      added.map((each) => ({ ...each, account: alice })),
    );
  },

  "a passkey is stored once": async ({ store, alice, bob }) => {
    await store.addPasskey(passkey("one", alice));
    assertEquals(await store.addPasskey(passkey("one", bob, { counter: 9 })), false);
    assertEquals((await store.findPasskey("one"))?.account, alice);
    assertEquals(await store.passkeysOf(bob.id), []);
  },

  "passkeys are listed oldest first": async ({ store, alice, bob }) => {
    await store.addPasskey(passkey("late", alice, { createdAt: AT + 1 }));
    await store.addPasskey(passkey("early", alice));
    await store.addPasskey(passkey("his", bob));
    assertEquals((await store.passkeysOf(alice.id)).map(({ id }) => id), ["early", "late"]);
  },

  "a passkey's counter is updated": async ({ store, alice }) => {
    for (const id of ["one", "two"]) await store.addPasskey(passkey(id, alice));
    await store.setPasskeyCounter("one", 7);
    assertEquals((await store.passkeysOf(alice.id)).map(({ counter }) => counter), [7, 0]);
    await store.setPasskeyCounter("unknown", 7);
  },

  "only its account can remove a passkey": async ({ store, alice, bob }) => {
    await store.addPasskey(passkey("one", alice));
    assertEquals(await store.removePasskey(bob.id, "one"), false);
    assertEquals(await store.removePasskey(alice.id, "two"), false);
    assertEquals(await store.removePasskey(alice.id, "one"), true);
    assertEquals(await store.removePasskey(alice.id, "one"), false);
    assertEquals(await store.findPasskey("one"), null);
  },
};
