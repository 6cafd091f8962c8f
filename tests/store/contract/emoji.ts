import { assert, assertEquals } from "@std/assert";
import { AT, type Contract, newAccount } from "./fixture.ts";

const BYTES = new Uint8Array([0, 1, 255]);
const picture = { type: "image/png", bytes: BYTES, at: AT };

/** The server's own emoji. */
export const emoji: Contract = {
  "an emoji is added once, listed by its text, and deleted": async ({ store, alice, succeed }) => {
    const add = (emoji: string, id: string) =>
      store.addEmoji({ ...picture, emoji, picture: id, creator: alice.id });
    for (const name of ["party", "äffchen", "b", "a_1"]) assert(await add(`:${name}:`, name));
    assertEquals(await add(":party:", "other"), false);
    const again = await succeed();
    assertEquals(await again.findEmoji(":party:"), {
      emoji: ":party:",
      picture: "party",
      creator: alice,
    });
    assertEquals(await again.findEmoji(":none:"), null);
    const list = async (begins: string, after: string, limit: number) =>
      (await again.listEmoji({ begins, after, limit })).map(({ emoji }) => emoji);
    assertEquals(await list("", "", 9), [":a_1:", ":b:", ":party:", ":äffchen:"]);
    assertEquals(await list("", ":a_1:", 2), [":b:", ":party:"]);
    assertEquals(await list(":p", "", 9), [":party:"]);
    assertEquals([await again.hasEmoji(4), await again.hasEmoji(5)], [true, false]);
    assertEquals(await again.emojiPicture("b"), { type: "image/png", bytes: BYTES });
    assertEquals(await again.emojiPicture("other"), null);
    assertEquals([await again.deleteEmoji(":b:"), await again.deleteEmoji(":b:")], [true, false]);
    assertEquals(await again.emojiPicture("b"), null);
  },

  "an emoji stays when the account that added it is gone": async ({ store }) => {
    const bot = await store.createAccount(newAccount("Robbie", { role: "bot" }));
    assert(typeof bot === "object");
    await store.addEmoji({ ...picture, emoji: ":party:", picture: "p", creator: bot.id });
    const found = await store.emojiOf(bot.id);
    assertEquals(found.map(({ emoji, creator }) => [emoji, creator?.name]), [[
      ":party:",
      "Robbie",
    ]]);
    await store.retireAccount(bot.id);
    assertEquals(await store.emojiOf(bot.id), []);
    assertEquals((await store.findEmoji(":party:"))?.creator, null);
  },
};
