/** Reading a room, in a real browser. */
import { assert, assertEquals } from "@std/assert";
import type { TestServer } from "../support/server.ts";
import { becomes, browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

/** The maximum number of rows in the document; see `static/views/log/log_window.ts`. */
const rowsMax = 300;

/** Sends a message over HTTP. */
async function post(server: TestServer, token: string, message: string, room = "general") {
  if (room !== "general") {
    const peer = await server.member(token);
    await peer.ask({ type: "join", room, key: "in" });
    await peer.close();
  }
  const path = `/api/rooms/${room}/messages`;
  const response = await server.request(path, { method: "POST", token, body: { message } });
  assert(response.ok, await response.text());
}

/** The log of a page, and its visible part. */
class LogOf {
  constructor(readonly visitor: Visitor) {}

  get page() {
    return this.visitor.page;
  }

  /** Scrolls by a distance, with the wheel. */
  async wheel(by: number): Promise<void> {
    await this.page.getByRole("log").hover();
    await this.page.mouse.wheel(0, by);
  }

  /** Swipes down by a distance. */
  async swipe(by: number): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", y?: number) =>
      session.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: y === undefined ? [] : [{ x: 180, y }],
      });
    await touch("touchStart", 100);
    for (let y = 100; y <= 100 + by; y += 40) await touch("touchMove", y);
    await touch("touchEnd");
    await session.detach();
  }

  /** The positions of the rows and of the log. */
  look() {
    return this.page.evaluate(() => {
      const box = document.querySelector<HTMLElement>("[role=log]")!;
      const edge = box.getBoundingClientRect();
      const rows = [...box.querySelectorAll<HTMLElement>("[data-seq]")];
      const inView = rows.filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > edge.top && top < edge.bottom;
      });
      const seqs = (some: HTMLElement[]) => some.map((row) => Number(row.dataset.seq));
      return {
        rows: rows.length,
        held: seqs(rows),
        seen: seqs(inView),
        top: inView[0] === undefined ? 0 : inView[0].getBoundingClientRect().top - edge.top,
        toBottom: box.scrollHeight - box.scrollTop - box.clientHeight,
      };
    });
  }

  /** Waits until a message is in view. */
  async shows(text: string | RegExp): Promise<void> {
    await this.visitor.messages(text).first().waitFor();
    await this.page.waitForFunction((source) => {
      const box = document.querySelector<HTMLElement>("[role=log]")!.getBoundingClientRect();
      return [...document.querySelectorAll("[role=log] [data-seq]")].some((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        const isIn = bottom > box.top && top < box.bottom;
        return isIn && new RegExp(source).test(row.textContent ?? "");
      });
    }, typeof text === "string" ? text : text.source);
  }

  /** Waits until scrolling has ended: the text keeps rolling after a swipe. */
  async rests(): Promise<void> {
    await this.page.evaluate(async () => {
      const box = document.querySelector<HTMLElement>("[role=log]")!;
      for (let still = 0, top = NaN; still < 10; top = box.scrollTop) {
        still = box.scrollTop === top ? still + 1 : 0;
        await new Promise((done) => requestAnimationFrame(done));
      }
    });
  }

  /** Waits for two frames: by then all pending changes are rendered. */
  async settled(): Promise<void> {
    await this.page.evaluate(() =>
      new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))
    );
  }
}

/** Runs a test on a server whose default room has a history. */
function historyTest(name: string, count: number, run: (server: TestServer) => Promise<Visitor[]>) {
  browserTest(name, run, {}, { room: "general", count });
}

browserTest(
  "the log follows its end only when it is there; otherwise a button shows the number of new messages",
  async (server) => {
    const token = await server.signIn("Scribe");
    for (let n = 1; n <= 30; n++) await post(server, token, `line ${n}`);
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    const [log, bobs] = [new LogOf(alice), new LogOf(bob)];
    await log.shows(/line 30$/);
    await bobs.shows(/line 30$/);
    await alice.page.waitForFunction(() => !document.title.startsWith("("));
    await log.wheel(-600);
    await alice.button("Jump to newest").waitFor();
    const before = await log.look();

    await post(server, token, "the first news");
    await post(server, token, "the second news");
    await bobs.shows("the second news");
    await alice.button("2 new messages").waitFor();
    await log.settled();
    const after = await log.look();
    assertEquals([after.seen[0], Math.round(after.top)], [before.seen[0], Math.round(before.top)]);
    assert((await bobs.look()).toBottom < 2);

    await alice.button("2 new messages").click();
    await log.shows("the second news");
    await alice.page.locator(".unread-line").waitFor();
    await alice.page.waitForFunction(() => document.title === "#general – Hubbub");
    return [alice, bob];
  },
);

historyTest("a room of 100,000 messages scrolls like a small one", 100_000, async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const log = new LogOf(alice);
  await log.shows(/^.*line 100000\b/);
  let lowest = Infinity;
  let jumps = 0;
  for (let i = 0; i < 60; i++) {
    await log.wheel(-2_500);
    await log.settled();
    const { rows, held } = await log.look();
    assert(rows <= rowsMax, `${rows} rows are in the document`);
    // Without a gap, and never further down.
    assertEquals(held.at(-1)! - held[0]!, held.length - 1);
    if (held[0]! < lowest) jumps += 1;
    lowest = Math.min(lowest, held[0]!);
  }
  assert(lowest < 99_400, `It came only to ${lowest}`);
  assert(jumps > 5);

  // All the way down again: nothing is missing, and the end is the log's end.
  await alice.page.getByRole("log").focus();
  await alice.page.keyboard.press("End");
  await log.shows(/line 100000\b/);
  assert((await log.look()).toBottom < 2);
  return [alice];
});

historyTest(
  "loading older messages at the top keeps the visible text in place",
  200,
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const log = new LogOf(alice);
    await log.shows(/line 200\b/);
    const moved = await alice.page.evaluate(async () => {
      const box = document.querySelector<HTMLElement>("[role=log]")!;
      const rows = () => [...box.querySelectorAll<HTMLElement>("[data-seq]")];
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const [row] = rows();
      // At the top at once: older messages cannot be loaded yet.
      box.scrollTop = 0;
      const before = row!.getBoundingClientRect().top;
      while (rows()[0] === row) await frame();
      await frame();
      return row!.getBoundingClientRect().top - before;
    });
    assert(Math.abs(moved) <= 2, `The text moved by ${moved} px`);
    return [alice];
  },
);

historyTest(
  "content added above or below leaves the visible text in place",
  2_000,
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const log = new LogOf(alice);
    await log.shows(/line 2000\b/);
    // Follow a visible row while pages load: it moves exactly as far as the scroll.
    const moved = await alice.page.evaluate(async () => {
      const box = document.querySelector<HTMLElement>("[role=log]")!;
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const worst = { up: 0, down: 0 };
      for (const [way, by] of [["up", -90], ["down", 70]] as const) {
        for (let i = 0; i < 150; i++) {
          // Close to its end a log follows it.
          if (way === "down" && box.scrollHeight - box.scrollTop - box.clientHeight < 200) break;
          const edge = box.getBoundingClientRect();
          const row = [...box.querySelectorAll<HTMLElement>("[data-seq]")]
            .find((one) => one.getBoundingClientRect().top >= edge.top + 100)!;
          const before = row.getBoundingClientRect().top;
          const top = box.scrollTop;
          box.scrollTop = top + by;
          const scrolled = box.scrollTop - top;
          await frame();
          await frame();
          if (!row.isConnected) return { up: NaN, down: NaN };
          const off = Math.abs(row.getBoundingClientRect().top - before + scrolled);
          worst[way] = Math.max(worst[way], off);
        }
      }
      return worst;
    });
    assert(moved.up <= 2, `Scrolling up, the text moved by ${moved.up} px`);
    assert(moved.down <= 2, `Scrolling down, the text moved by ${moved.down} px`);
    const first = (await log.look()).held[0]!;
    assert(first < 1_900, `Nothing older than ${first} came in`);
    return [alice];
  },
);

historyTest(
  "after a change of width the visible text stays in view",
  400,
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice", { width: 360, height: 640 });
    const log = new LogOf(alice);
    await log.shows(/line 400\b/);
    for (let i = 0; i < 3; i++) {
      await log.wheel(-1_500);
      await log.rests();
    }
    for (const width of [640, 360, 1_000]) {
      const before = await log.look();
      await alice.page.setViewportSize({ width, height: 640 });
      await log.rests();
      const after = await log.look();
      assert(after.seen.includes(before.seen[1]!), `${before.seen} became ${after.seen}`);
    }
    return [alice];
  },
);

historyTest(
  "the keyboard moves through the log while rows are added and removed",
  1_000,
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const { page } = alice;
    const log = new LogOf(alice);
    await log.shows(/line 1000\b/);
    await page.getByRole("log").focus();
    await page.keyboard.press("ArrowUp");
    const focused = () =>
      page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.seq);
    assertEquals(await focused(), "1000");
    for (let seq = 999; seq >= 930; seq--) {
      await page.keyboard.press("ArrowUp");
      assertEquals(await focused(), `${seq}`);
    }
    // The focused row leaves the document; the log takes the focus.
    const isOut = () => document.querySelector('[data-seq="930"]') === null;
    for (let i = 0; i < 60 && !await page.evaluate(isOut); i++) {
      await page.keyboard.press("PageUp");
      await log.rests();
    }
    assert(await page.evaluate(isOut));
    assertEquals(await page.evaluate(() => document.activeElement?.getAttribute("role")), "log");
    const top = (await log.look()).seen[0]!;
    await page.keyboard.press("PageUp");
    await log.rests();
    assert((await log.look()).seen[0]! < top);
    await page.keyboard.press("End");
    await log.shows(/line 1000\b/);
    return [alice];
  },
);

historyTest("each room reopens where the user left it", 400, async (server) => {
  const token = await server.signIn("Scribe");
  await post(server, token, "in the den", "den");
  const alice = await Visitor.at(server.url, "Alice");
  const log = new LogOf(alice);
  await alice.button("Browse public rooms").click();
  await alice.button("Join den").click();
  await log.shows("in the den");
  await alice.go(/general/);
  await log.shows(/line 400\b/);
  for (let i = 0; i < 4; i++) {
    await log.wheel(-1_200);
    await log.settled();
  }
  await log.settled();
  const before = await log.look();
  assert(before.seen[0]! < 390);
  await alice.go(/den/);
  await log.shows("in the den");
  await alice.go(/general/);
  await log.shows(new RegExp(`line ${before.seen[1]}\\b`));
  const after = await log.look();
  assertEquals(after.seen[0], before.seen[0]);
  assert(Math.abs(after.top - before.top) <= 2, `It moved by ${after.top - before.top} px`);
  return [alice];
});

historyTest(
  "an old message is shown in its context, and the newest is one click away",
  100_000,
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const log = new LogOf(alice);
    await log.shows(/line 100000\b/);
    await alice.button("Search").click();
    await alice.page.getByLabel("Search messages").fill("line 777 so");
    await alice.page.getByRole("button", { name: /line 777 / }).first().click();
    await log.shows(/line 777\b/);
    await log.shows(/line 778\b/);
    await log.shows(/line 776\b/);
    await alice.page.locator(".message.marked").waitFor();

    // New messages wait at the end; the visible text stays.
    const token = await server.signIn("Scribe");
    await post(server, token, "meanwhile");
    await alice.button("1 new message").waitFor();
    await log.shows(/line 777\b/);
    // Reading continues from there.
    const before = (await log.look()).held.at(-1)!;
    for (let i = 0; i < 8; i++) {
      await log.wheel(2_000);
      await log.settled();
    }
    const { held, rows } = await log.look();
    assert(held.at(-1)! > before && rows <= rowsMax);

    await alice.button("1 new message").click();
    await log.shows("meanwhile");
    assert((await log.look()).toBottom < 2);
    assertEquals((await log.look()).held.at(-1), 100_001);
    return [alice];
  },
);

browserTest("a divider marks messages received in the background", async (server) => {
  const token = await server.signIn("Scribe");
  await post(server, token, "seen");
  const alice = await Visitor.at(server.url, "Alice");
  await alice.sees("seen");
  await alice.page.waitForFunction(() => document.title === "#general – Hubbub");
  const look = (hidden: boolean) =>
    alice.page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await look(true);
  await post(server, token, "@Alice, unseen");
  await alice.page.waitForFunction(() => document.title.startsWith("(1)"));
  assertEquals(await alice.page.locator(".unread-line").count(), 0);
  await look(false);
  await alice.page.locator(".unread-line + article", { hasText: "unseen" }).waitFor();
  await alice.page.waitForFunction(() => document.title === "#general – Hubbub");
  return [alice];
});

browserTest(
  "a divider marks unread messages, and a jump reaches it at any distance",
  async (server) => {
    const token = await server.signIn("Scribe");
    await post(server, token, "read by all");
    const alice = await Visitor.at(server.url, "Alice");
    const log = new LogOf(alice);
    await log.shows("read by all");
    await alice.page.waitForFunction(() => document.title === "#general – Hubbub");
    await alice.page.goto("about:blank");
    for (let n = 1; n <= 1_200; n++) await post(server, token, `line ${n}`);

    await alice.page.goto(server.url);
    await log.shows(/line 1200\b/);
    // It depends on whether the page had stored an offline copy by then.
    await alice.button(/^Jump to (the first new message|where you left off)$/).click();
    await log.shows(/line 1$/);
    const line = await alice.page.locator(".unread-line + article").getAttribute("data-seq");
    assertEquals(line, "2");
    return [alice];
  },
  { rate: 0 },
);

browserTest("a burst renders once per frame, and typing continues", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  const log = new LogOf(alice);
  await alice.page.evaluate(() => {
    const counts = { frames: 0, changes: 0 };
    Object.assign(globalThis, { counts });
    const count = () => {
      counts.frames += 1;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    new MutationObserver((records) => {
      if (records.some((record) => record.addedNodes.length > 0)) counts.changes += 1;
    }).observe(document.querySelector("[role=log]")!, { childList: true, subtree: true });
  });
  const token = await server.signIn("Scribe");
  const scribe = await server.member(token, ["chat.batch.v1"]);
  await scribe.ask({ type: "join", room: "general" });
  const total = 2_000;
  const burst = (async () => {
    for (let n = 1; n <= total; n += 20) {
      for (let i = n; i < n + 20; i++) {
        scribe.send({ type: "room_message", room: "general", message: `burst ${i}` });
      }
      await scribe.sync();
    }
  })();
  const text = "what is typed meanwhile is there";
  await alice.composer.pressSequentially(text);
  assertEquals(await alice.composer.inputValue(), text);
  await burst;
  await log.shows(/burst 2000$/);
  await new LogOf(bob).shows(/burst 2000$/);
  const { rows, toBottom } = await log.look();
  assert(rows <= rowsMax && toBottom < 2);
  const counts = await alice.page.evaluate("counts") as { frames: number; changes: number };
  assert(counts.changes <= counts.frames, `${counts.changes} drawings in ${counts.frames} frames`);
  await scribe.close();
  return [alice, bob];
}, { rate: 0 });

historyTest(
  "touch scrolls, and a phone's keyboard keeps the end in view",
  600,
  async ({ url }) => {
    const alice = await Visitor.open(url, {
      viewport: { width: 360, height: 640 },
      hasTouch: true,
      isMobile: true,
    });
    await alice.enterAs("Alice");
    const log = new LogOf(alice);
    await log.shows(/line 600\b/);
    await alice.page.setViewportSize({ width: 360, height: 340 });
    await log.settled();
    assert((await log.look()).toBottom < 2);
    await alice.page.setViewportSize({ width: 360, height: 640 });
    await log.settled();
    assert((await log.look()).toBottom < 2);

    for (let i = 0; i < 30 && (await log.look()).held[0]! >= 540; i++) await log.swipe(400);
    await log.rests();
    const before = await log.look();
    assert(before.held[0]! < 540, `Nothing older than ${before.held[0]} came in`);
    assert(before.rows <= rowsMax);
    const width = await alice.page.evaluate("document.documentElement.scrollWidth");
    assertEquals(width, 360);
    return [alice];
  },
);

browserTest(
  "the actions follow the pointer, also from a message with reactions",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const { page } = alice;
    for (const text of ["first", "second"]) await alice.say(text);
    await alice.act("second", "React with 👍");
    await page.getByRole("button", { name: /👍.*by Alice/ }).waitFor();
    await alice.messages("first").hover();
    await becomes(
      page,
      () => document.querySelector("article.active")?.getAttribute("data-seq"),
      "1",
    );
    await page.getByRole("toolbar").getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog").getByText("first").waitFor();
    return [alice];
  },
);

browserTest(
  "on a small screen the drawer's button shows unread messages elsewhere",
  async (server) => {
    const bob = await Visitor.at(server.url, "Bob");
    const alice = await Visitor.at(server.url, "Alice", { width: 390, height: 800 });
    await alice.button("Show rooms and people").waitFor();
    await bob.writeTo("Alice");
    await bob.say("psst");
    await alice.button("Show rooms and people (1 unread message)").waitFor();
    return [alice, bob];
  },
);
