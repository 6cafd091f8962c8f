import { assertEquals } from "@std/assert";
import type { Ticket } from "../../../lib/store/people.ts";
import { AT, type Contract } from "./fixture.ts";

const TICKET: Ticket = {
  hash: "h",
  kind: "device",
  account: null,
  data: "what it is good for, \u0000",
  expiresAt: AT + 1_000,
};

/** Tickets. */
export const tickets: Contract = {
  "a ticket is redeemed once": async ({ store, alice }) => {
    for (const kind of ["device", "passkey_registration", "passkey_sign_in"] as const) {
      for (const account of [alice.id, null]) {
        const ticket = { ...TICKET, kind, account };
        await store.putTicket(ticket, AT);
        assertEquals(await store.takeTicket("h", kind, AT), ticket);
        assertEquals(await store.takeTicket("h", kind, AT), null);
      }
    }
  },

  "of many concurrent attempts, one redeems the ticket": async ({ store }) => {
    await store.putTicket(TICKET, AT);
    const takers = Array.from({ length: 10 }, () => store.takeTicket("h", "device", AT));
    const taken = (await Promise.all(takers)).filter((ticket) => ticket !== null);
    assertEquals(taken, [TICKET]);
  },

  "a ticket is only redeemed as its own kind": async ({ store }) => {
    await store.putTicket(TICKET, AT);
    assertEquals(await store.takeTicket("h", "passkey_sign_in", AT), null);
    assertEquals(await store.takeTicket("x", "device", AT), null);
    assertEquals(await store.takeTicket("h", "device", AT), TICKET);
  },

  "an expired ticket cannot be redeemed": async ({ store }) => {
    await store.putTicket(TICKET, AT);
    assertEquals(await store.takeTicket("h", "device", TICKET.expiresAt), null);
    assertEquals(await store.takeTicket("h", "device", TICKET.expiresAt - 1), TICKET);
  },

  "expired tickets are deleted, others are kept": async ({ store }) => {
    const later = { ...TICKET, hash: "later", expiresAt: TICKET.expiresAt + 1 };
    for (const ticket of [TICKET, later]) await store.putTicket(ticket, AT);
    await store.putTicket({ ...TICKET, hash: "new", expiresAt: AT + 9_000 }, TICKET.expiresAt);
    assertEquals(await store.takeTicket("h", "device", AT), null);
    assertEquals(await store.takeTicket("later", "device", AT), later);
  },
};
