/** Attaching and viewing files, in a real browser. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { Buffer } from "node:buffer";
import { png } from "../support/pictures.ts";
import { uploaded } from "../support/uploads.ts";
import { isForEveryone } from "./support/axe.ts";
import { becomes, browserTest, shoot, useBrowser, Visitor } from "./support/browser.ts";
import { chosen, pick } from "./support/picker.ts";

useBrowser();

/** Pastes or drops files onto an element. */
async function bring(
  { page }: Visitor,
  selector: string,
  type: "paste" | "drop",
  name: string,
  bytes: Uint8Array,
) {
  const content = Buffer.from(bytes).toString("base64");
  await page.evaluate(({ selector, type, name, content }) => {
    const data = new DataTransfer();
    const parts = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
    data.items.add(new File([parts], name, { type: "image/png" }));
    const target = document.querySelector(selector)!;
    const about = { bubbles: true, cancelable: true };
    if (type === "paste") {
      target.dispatchEvent(new ClipboardEvent("paste", { ...about, clipboardData: data }));
    } else {
      for (const step of ["dragenter", "dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(step, { ...about, dataTransfer: data }));
      }
    }
  }, { selector, type, name, content });
}

/** Waits until an image is loaded; returns its natural size. */
async function sizeOf({ page }: Visitor, name: string): Promise<readonly number[]> {
  const picture = page.locator("article[data-seq]").getByRole("img", { name }).first();
  await picture.waitFor();
  await page.waitForFunction(
    (name) => {
      const found = document.querySelector<HTMLImageElement>(
        `article[data-seq] img[alt="${name}"]`,
      );
      return found !== null && found.complete && found.naturalWidth > 0;
    },
    name,
  );
  return await picture.evaluate((img: HTMLImageElement) => [img.naturalWidth, img.naturalHeight]);
}

browserTest("an image is pasted, previewed, and shown to others", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  await bring(alice, ".composer textarea", "paste", "roof.png", png(600, 400));
  const tray = alice.page.getByRole("list", { name: "Files to send" });
  await tray.getByText("roof.png").waitFor();
  await alice.composer.press("Enter");
  assertEquals(await sizeOf(bob, "roof.png"), [600, 400]);
  assertEquals(await sizeOf(alice, "roof.png"), [600, 400]);
  assertEquals(await tray.count(), 0);
  // With text, and removed before it is sent.
  await bring(alice, ".composer textarea", "paste", "other.png", png(10, 10));
  await tray.getByRole("button", { name: "Remove other.png" }).click();
  await alice.say("no picture");
  await bob.sees("no picture");
  assertEquals(await bob.page.locator("article img").count(), 1);
  // A reply to it names the file.
  await bob.page.locator("article[data-seq]").first().hover();
  await bob.page.getByRole("toolbar").getByRole("button", { name: "Reply", exact: true }).click();
  await bob.say("lovely");
  await alice.messages("lovely").getByRole("button", { name: /Alice.*roof\.png/ }).waitFor();
  return [alice, bob];
});

browserTest("files are dropped and picked; images open, other files download", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  await alice.page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "x.txt"));
    const about = { bubbles: true, cancelable: true, dataTransfer: data };
    document.querySelector(".log")!.dispatchEvent(new DragEvent("dragover", about));
  });
  await alice.page.getByText("Drop files here to send them to #general").waitFor();
  await bring(alice, ".log", "drop", "one.png", png(40, 30));
  await alice.page.getByRole("list", { name: "Files to send" }).getByText("one.png").waitFor();
  await pick(
    alice,
    chosen("two.png", png(50, 20)),
    chosen("report.html", Buffer.from("<script>alert(1)</script>"), "text/html"),
  );
  await alice.page.getByText("report.html").waitFor();
  await isForEveryone(alice.page, "files in the composer");
  await alice.write("three files");

  await bob.sees("three files");
  const saving = bob.page.waitForEvent("download");
  await bob.page.getByRole("link", { name: /report\.html/ }).click();
  assertEquals((await saving).suggestedFilename(), "report.html");

  await bob.page.getByRole("button", { name: "one.png" }).click();
  const viewer = bob.page.getByRole("dialog", { name: "one.png" });
  await viewer.waitFor();
  await isForEveryone(bob.page, "the viewer of pictures");
  await bob.page.keyboard.press("ArrowRight");
  await bob.page.getByRole("dialog", { name: "two.png" }).getByText("2 of 2").waitFor();
  await bob.page.keyboard.press("ArrowRight");
  await bob.page.keyboard.press("ArrowLeft");
  await viewer.waitFor();
  await bob.page.keyboard.press("Escape");
  await viewer.waitFor({ state: "detached" });
  // The focus returns to where it was.
  assertEquals(
    await bob.page.evaluate("document.activeElement.querySelector('img').alt"),
    "one.png",
  );
  await isForEveryone(bob.page, "a message with files");
  return [alice, bob];
});

browserTest("an image that loads late shifts no content", async (server) => {
  const token = await server.signIn("Scribe");
  const post = async (body: unknown) => {
    const path = "/api/rooms/general/messages";
    const response = await server.request(path, { method: "POST", token, body });
    assert(response.ok, await response.text());
  };
  // The beginning of the room, which fills with who is here, is out of the window.
  for (let n = 1; n <= 40; n++) await post({ message: `earlier line ${n}` });
  for (let n = 1; n <= 30; n++) {
    if (n % 3 > 0) await post({ message: `line ${n}` });
    else {
      const picture = png(300 + n, 200);
      const { id } = await uploaded(server, token, "general", picture, `${n}.png`);
      await post({ message: "", files: [id] });
    }
  }
  const alice = await Visitor.open(server.url);
  const { page } = alice;
  const { promise: waiting, resolve: go } = Promise.withResolvers<void>();
  await page.route("**/api/files/*", async (route) => {
    await waiting;
    await route.continue();
  });
  await alice.enterAs("Alice");
  await page.locator('article img[alt="30.png"]').waitFor();
  const places = () =>
    page.evaluate(() =>
      Array.from(document.querySelectorAll("article"), (row) => row.getBoundingClientRect().top)
    );
  const before = await places();
  await page.evaluate(() => {
    const seen: number[] = (globalThis as never as { shifts: number[] }).shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.push((entry as never as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: false });
  });
  go();
  assertEquals(await sizeOf(alice, "30.png"), [330, 200]);
  assertEquals(await sizeOf(alice, "27.png"), [327, 200]);
  // The browser may keep its place in the log to half a pixel.
  const after = await places();
  assertEquals(after.length, before.length);
  assert(after.every((top, n) => Math.abs(top - (before[n] ?? NaN)) < 1));
  // A row that makes way for a picture would count for more than a tenth.
  const shifts = await page.evaluate(() => (globalThis as never as { shifts: number[] }).shifts);
  assert(shifts.reduce((sum, shift) => sum + shift, 0) < 0.01, String(shifts));
  return [alice];
});

browserTest(
  "a refused file shows the reason; a file sent offline is uploaded after the reconnect",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    const { page } = alice;
    const tray = page.getByRole("list", { name: "Files to send" });
    await pick(alice, chosen("large.bin", new Uint8Array(60_000), "application/octet-stream"));
    await tray.getByText("This file is too large for this server.").waitFor();
    assert(await page.getByRole("button", { name: "Send", exact: true }).isDisabled());
    await tray.getByRole("button", { name: "Remove large.bin" }).click();

    await alice.context.setOffline(true);
    await pick(alice, chosen("later.png", png(33, 22)));
    await alice.write("when I am back");
    await alice.messages("when I am back").getByText("Waiting for connection").waitFor();
    await alice.context.setOffline(false);
    await bob.sees("when I am back");
    assertEquals(await sizeOf(bob, "later.png"), [33, 22]);
    return [alice, bob];
  },
  { "file-bytes": 50_000 },
);

browserTest("a draft's file survives a reload", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const bob = await Visitor.at(url, "Bob");
  const { page } = alice;
  // The upload hangs until the page is reloaded.
  await page.route("**/files?name=*", () => {});
  await pick(alice, chosen("kept.png", png(21, 12)));
  await alice.write("with a picture");
  await alice.messages("with a picture").getByText("kept.png").or(
    page.locator('article.pending img[alt="kept.png"]'),
  ).first().waitFor();
  const isStored = async () => {
    const open = indexedDB.open("hubbub");
    const db = await new Promise<IDBDatabase>((done) => open.onsuccess = () => done(open.result));
    const keys = db.transaction("notes").objectStore("notes").getAllKeys();
    const found = await new Promise<unknown[]>((done) => keys.onsuccess = () => done(keys.result));
    db.close();
    return JSON.stringify(found).includes("file ");
  };
  await becomes(page, isStored, true);
  await page.unroute("**/files?name=*");
  await page.reload();
  await bob.sees("with a picture");
  assertEquals(await sizeOf(bob, "kept.png"), [21, 12]);
  return [alice, bob];
});

browserTest(
  "a photo is stripped of its location and scaled down",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    const { page } = alice;
    // A photo as from a camera: large, with a metadata segment.
    const photo = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(4_000, 3_000);
      const context = canvas.getContext("2d")!;
      context.fillStyle = "teal";
      context.fillRect(0, 0, 4_000, 3_000);
      const blob = await canvas.convertToBlob({ type: "image/jpeg" });
      return Array.from(new Uint8Array(await blob.arrayBuffer()));
    });
    const exif = Buffer.from("Exif\0\0GPS 52.5N 13.4E");
    const segment = [0xff, 0xe1, 0, exif.length + 2, ...exif];
    const bytes = new Uint8Array([...photo.slice(0, 2), ...segment, ...photo.slice(2)]);
    await pick(alice, chosen("photo.jpg", bytes, "image/jpeg"));
    await alice.write("from above");
    assertEquals(await sizeOf(bob, "photo.jpg"), [2_560, 1_920]);
    const sent = await bob.page.evaluate(async () => {
      const src = document.querySelector<HTMLImageElement>('img[alt="photo.jpg"]')!.src;
      return Array.from(new Uint8Array(await (await fetch(src)).arrayBuffer()));
    });
    assertGreater(sent.length, 1_000);
    assert(!Buffer.from(sent).includes("GPS"));
    return [alice, bob];
  },
);

browserTest("on a phone images and the viewer fit the screen", async (server) => {
  const alice = await Visitor.at(server.url, "Alice", { width: 320, height: 600 });
  await pick(alice, chosen("wide.png", png(1_200, 300)));
  await alice.write("wide");
  assertEquals(await sizeOf(alice, "wide.png"), [1_200, 300]);
  const { page } = alice;
  assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 320);
  const box = await page.locator("article[data-seq] img").boundingBox();
  assert(box !== null && box.width <= 320);
  assertEquals(Math.round(box.width / box.height), 4);
  await page.getByRole("button", { name: "wide.png" }).click();
  const shown = await page.getByRole("dialog", { name: "wide.png" }).getByRole("img").boundingBox();
  assert(shown !== null && shown.width <= 320 && shown.x >= 0);
  await page.getByRole("button", { name: "Close" }).click();
  return [alice];
});

browserTest("a reply in a thread is sent later, with its file", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  await alice.say("Tea or coffee?");
  await page.locator("article[data-seq]").first().hover();
  await page.getByRole("button", { name: "Reply in thread" }).click();
  const panel = page.getByRole("complementary", { name: "Thread" });
  await panel.getByRole("textbox").waitFor();
  await bring(alice, "aside .composer textarea", "paste", "cup.png", png(60, 40));
  await panel.getByRole("button", { name: "Remove cup.png" }).waitFor();
  await panel.getByRole("textbox").fill("Tea, as in the picture.");
  await panel.getByRole("button", { name: "Send later" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Send later to").first().waitFor();
  await shoot(page, "send-later-in-thread");
  await dialog.getByRole("button", { name: "In 1 hour" }).click();
  await dialog.waitFor({ state: "detached" });
  await panel.getByRole("button", { name: "Remove cup.png" }).waitFor({ state: "detached" });
  assertEquals(await panel.getByRole("textbox").inputValue(), "");
  await page.reload();
  // What waits for its time is in the dialog for the next one, where it can be cancelled.
  await alice.composer.fill("Later as well");
  await alice.button("Send later").first().click();
  await dialog.getByRole("strong").getByText("Tea, as in the picture.").waitFor();
  await dialog.getByRole("listitem").getByRole("button", { name: /Cancel/ }).click();
  await dialog.getByRole("listitem").waitFor({ state: "detached" });
  return [alice];
});
