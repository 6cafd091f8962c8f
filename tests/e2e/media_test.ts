/** Videos, audio, voice messages, thumbnails and the list of a room's files, in a real browser. */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Page } from "playwright-core";
import { upload, uploaded } from "../support/uploads.ts";
import { png } from "../support/pictures.ts";
import { isForEveryone } from "./support/axe.ts";
import { becomes, browserTest, shoot, useBrowser, Visitor } from "./support/browser.ts";
import { chosen, pick } from "./support/picker.ts";

useBrowser({ args: ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] });

/** Makes a photo that does not compress well: noise. */
async function photo(page: Page, width: number, height: number): Promise<Uint8Array> {
  return new Uint8Array(
    await page.evaluate(async ([width, height]) => {
      const canvas = new OffscreenCanvas(width!, height!);
      const context = canvas.getContext("2d")!;
      let seed = 1;
      for (let n = 0; n < 3_000; n++) {
        seed = seed * 16_807 % 2_147_483_647;
        context.fillStyle = `hsl(${seed % 360} 60% ${20 + seed % 60}%)`;
        context.fillRect(seed % width!, (seed >> 8) % height!, 40, 30);
      }
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
      return Array.from(new Uint8Array(await blob.arrayBuffer()));
    }, [width, height]),
  );
}

/** Half a minute of sound, as a WAV file. */
function sound(): Uint8Array<ArrayBuffer> {
  const samples = 240_000;
  const view = new DataView(new ArrayBuffer(44 + samples));
  const put = (at: number, text: string) => {
    for (let n = 0; n < text.length; n++) view.setUint8(at + n, text.charCodeAt(n));
  };
  put(0, "RIFF");
  view.setUint32(4, 36 + samples, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  // One channel of 8 bits, uncompressed.
  for (const [at, value] of [[20, 1], [22, 1], [32, 1], [34, 8]] as const) {
    view.setUint16(at, value, true);
  }
  view.setUint32(24, samples, true);
  view.setUint32(28, samples, true);
  put(36, "data");
  view.setUint32(40, samples, true);
  for (let n = 0; n < samples; n++) view.setUint8(44 + n, 128 + 100 * Math.sin(n / 5));
  return new Uint8Array(view.buffer);
}

/** Records a short video of a canvas. */
async function video(page: Page): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await page.evaluate(async () => {
      const canvas = document.createElement("canvas");
      canvas.width = 320;
      canvas.height = 180;
      const drawing = canvas.getContext("2d")!;
      const recorder = new MediaRecorder(canvas.captureStream());
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const stopped = new Promise((resolve) => recorder.onstop = resolve);
      recorder.start();
      for (let drawn = 0; drawn < 40; drawn++) {
        drawing.fillStyle = `hsl(${drawn * 9} 70% 50%)`;
        drawing.fillRect(0, 0, 320, 180);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      recorder.stop();
      await stopped;
      return Array.from(new Uint8Array(await new Blob(parts).arrayBuffer()));
    }),
  );
}

browserTest(
  "videos and audio play in the log, one at a time; a PDF opens in a tab",
  async (server) => {
    const alice = await Visitor.at(server.url, "Alice");
    const bob = await Visitor.at(server.url, "Bob");
    const { page } = bob;
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await pick(
      alice,
      chosen("clip.webm", await video(alice.page), "video/webm"),
      chosen("tone.wav", sound(), "audio/wav"),
      chosen("sum.pdf", new TextEncoder().encode("%PDF-1.4\n%%EOF"), "application/pdf"),
    );
    await alice.write("three kinds");
    await bob.sees("three kinds");
    const files = () => loaded.filter((path) => path.startsWith("/api/files/"));
    const play = page.getByRole("button", { name: "Play clip.webm" });
    await play.getByRole("presentation").or(play.locator("img")).waitFor();
    await page.getByRole("button", { name: "Play tone.wav" }).waitFor();
    // Nothing but the thumbnail of the video is loaded.
    await becomes(page, () => document.querySelectorAll(".picture img").length, 1);
    assert(files().every((path) => path.endsWith("/thumbnail")), files().join());
    await isForEveryone(page, "the files of a room");

    const isPlaying = (of: string) =>
      page.evaluate((of) => {
        const element = document.querySelector<HTMLMediaElement>(of);
        return element !== null && !element.paused;
      }, of);
    await page.getByRole("button", { name: "Play tone.wav" }).click();
    await page.getByRole("button", { name: "Pause tone.wav" }).waitFor();
    await play.click();
    await page.getByLabel("clip.webm", { exact: true }).waitFor();
    await becomes(page, () => document.querySelector("audio")?.paused ?? null, true);
    await page.getByRole("button", { name: "Play tone.wav" }).waitFor();
    assertEquals(await isPlaying("audio"), false);
    const slider = page.getByRole("slider", { name: "Position in tone.wav" });
    assert(await slider.isEnabled());

    const pdf = page.getByRole("link", { name: "sum.pdf", exact: true });
    assertEquals(await pdf.getAttribute("target"), "_blank");
    const [tab] = await Promise.all([bob.context.waitForEvent("page"), pdf.click()]);
    await tab.close();
    return [alice, bob];
  },
);

browserTest("a voice message is recorded, also offline, and is sent once", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bob = await Visitor.at(server.url, "Bob");
  const { page } = alice;
  const tray = page.getByRole("list", { name: "Files to send" });
  const record = async () => {
    await page.getByRole("button", { name: "Record a voice message" }).click();
    await page.getByRole("group", { name: "Recording" }).getByText("0:01").waitFor();
  };
  await record();
  await page.keyboard.press("Escape");
  assertEquals(await tray.count(), 0);
  await alice.goOffline();
  await record();
  await page.getByRole("button", { name: "Finish the recording" }).click();
  await tray.getByText(/^Voice message/).waitFor();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.locator("article.pending").getByText("Waiting for connection").first().waitFor();
  await alice.context.setOffline(false);
  const group = bob.page.getByRole("group", { name: /^Voice message/ });
  await group.waitFor();
  assertEquals(await group.locator(".waveform").count(), 2);
  assert(/of 0:0[1-9]/.test(await group.textContent() ?? ""));
  await page.reload();
  await alice.isIn();
  await alice.say("after");
  await bob.sees("after");
  assertEquals(await group.count(), 1);
  await group.getByRole("button", { name: /^Play/ }).click();
  await group.getByRole("button", { name: /^Pause/ }).waitFor();
  return [alice, bob];
});

browserTest("without a microphone the page says why nothing is recorded", async ({ url }) => {
  const alice = await Visitor.at(url, "Alice");
  const { page } = alice;
  const texts = {
    NotAllowedError: "The browser doesn't let this page use the microphone.",
    NotFoundError: "No microphone was found.",
    NotReadableError: "The microphone can't be used now.",
  };
  for (const [name, text] of Object.entries(texts)) {
    await page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", name));
    }, name);
    await page.getByRole("button", { name: "Record a voice message" }).click();
    await page.getByText(text).waitFor();
  }
  return [alice];
});

browserTest("the log loads thumbnails only: a room with 30 photos", async (server) => {
  const alice = await Visitor.at(server.url, "Alice");
  const bytes = await photo(alice.page, 1_400, 1_050);
  for (const batch of [0, 10, 20]) {
    const names = Array.from({ length: 10 }, (_, n) => `photo ${batch + n}.jpg`);
    await pick(alice, ...names.map((name) => chosen(name, bytes, "image/jpeg")));
    await alice.write(`batch ${batch}`);
    const said = alice.page.locator("article[data-seq]", { hasText: `batch ${batch}` });
    await said.waitFor({ timeout: 60_000 });
  }
  const bob = await Visitor.open(server.url);
  await bob.enterAs("Bob");
  await bob.sees("batch 20");
  const log = bob.page.locator("article[data-seq]");
  for (const seq of [1, 2, 3]) await log.nth(seq - 1).scrollIntoViewIfNeeded();
  const loaded = () => {
    const images = [...document.querySelectorAll<HTMLImageElement>("article .picture img")];
    const missing = images.filter((image) => !image.complete || image.naturalWidth === 0);
    // The browser loads what is near the view.
    missing[0]?.scrollIntoView();
    return images.length - missing.length;
  };
  await becomes(bob.page, loaded, 30);
  const whole = await bob.page.evaluate(async () => {
    const messages = await (await fetch("/api/rooms/general/messages")).json();
    const files = messages.messages.flatMap((one: { files?: { size: number }[] }) =>
      one.files ?? []
    );
    return files.reduce((sum: number, { size }: { size: number }) => sum + size, 0);
  });
  const loads = await bob.page.evaluate(() =>
    performance.getEntriesByType("resource").flatMap((entry) => {
      const { name, encodedBodySize } = entry as PerformanceResourceTiming;
      return name.includes("/api/files/") ? [{ name, bytes: encodedBodySize }] : [];
    })
  );
  assert(loads.every(({ name }) => name.endsWith("/thumbnail")));
  assertEquals(new Set(loads.map(({ name }) => name)).size, 30);
  const thumbnails = loads.reduce((sum, { bytes }) => sum + bytes, 0);
  assertLess(thumbnails, 30 * 65_536, `of ${whole} bytes`);
  assertLess(thumbnails * 4, whole);
  // The viewer shows the whole image.
  await bob.page.getByRole("button", { name: "photo 29.jpg" }).click();
  const shown = bob.page.getByRole("dialog").getByRole("img", { name: "photo 29.jpg" });
  await becomes(
    bob.page,
    () => document.querySelector<HTMLImageElement>(".viewer img")?.naturalWidth ?? 0,
    1_400,
  );
  await bob.page.getByRole("dialog").getByText("batch 20").waitFor();
  // A finger turns the page.
  const box = await shown.boundingBox();
  assert(box !== null);
  const middle = box.y + box.height / 2;
  await bob.page.mouse.move(box.x + 100, middle);
  await bob.page.mouse.down();
  await bob.page.mouse.move(box.x + 300, middle);
  await bob.page.mouse.up();
  await bob.page.getByRole("dialog").getByText("9 of 10").waitFor();
  await bob.page.keyboard.press("ArrowRight");
  await bob.page.getByRole("dialog").getByText("10 of 10").waitFor();
  await bob.page.keyboard.press("Escape");
  await becomes(bob.page, () => document.querySelectorAll("dialog").length, 0);
  return [alice, bob];
}, { "file-rate": 0 });

browserTest("a log of many media loads what is near, and few elements", async (server) => {
  const token = await server.signIn("Robot");
  const robot = await server.member(token);
  await robot.ask({ type: "join", room: "general" });
  const clip = sound();
  for (let n = 0; n < 60; n++) {
    const files = [
      (await uploaded(server, token, "general", png(300, 300, [n, n, n]), `photo ${n}`)).id,
      (await uploaded(server, token, "general", clip, `tone ${n}`)).id,
    ];
    await robot.ask({ type: "room_message", room: "general", message: `m${n}`, files });
  }
  await robot.close();
  const alice = await Visitor.at(server.url, "Alice");
  const { page } = alice;
  await alice.sees("m59");
  await page.getByRole("button", { name: "Play tone 59" }).waitFor();
  await becomes(
    page,
    () => document.querySelector<HTMLImageElement>('img[alt="photo 59"]')?.naturalWidth ?? 0,
    300,
  );
  const counted = await page.evaluate(() => ({
    messages: document.querySelectorAll("article[data-seq]").length,
    images: document.querySelectorAll("article .picture img").length,
    elements: document.querySelectorAll("article *").length,
    players: document.querySelectorAll("audio, video").length,
    requests: performance.getEntriesByType("resource").map(({ name }) => name)
      .filter((name) => name.includes("/api/files/")).length,
  }));
  const { messages, images, elements, players, requests } = counted;
  const seen = JSON.stringify(counted);
  assertEquals([images, players], [messages, 0], seen);
  assertGreater(messages, 40, seen);
  assertLess(requests, 20, seen);
  assertLess(elements, messages * 25, seen);
  return [alice];
}, { "file-rate": 0 });

browserTest("the sheet of a room lists its files, and follows deletions", async (server) => {
  const token = await server.signIn("Robot");
  const robot = await server.member(token);
  await robot.ask({ type: "join", room: "general" });
  const bytes = [png(40, 30), "%PDF-1.4", png(50, 30), "text", "fLaC"];
  for (const [n, body] of bytes.entries()) {
    const { id } = await uploaded(server, token, "general", body, `file ${n}`);
    await robot.ask({ type: "room_message", room: "general", message: `m${n}`, files: [id] });
  }
  const alice = await Visitor.at(server.url, "Alice");
  const { page } = alice;
  await alice.sheet("Files");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "file 2" }).waitFor();
  assertEquals(await dialog.getByRole("button", { name: /^file/ }).count(), 2);
  await dialog.getByRole("button", { name: "file 0" }).click();
  const viewer = page.getByRole("dialog", { name: "file 0" });
  await viewer.getByText("2 of 2").waitFor();
  await viewer.getByText("m0").waitFor();
  await page.keyboard.press("Escape");
  await dialog.getByRole("radio", { name: "Files" }).check({ force: true });
  await dialog.getByText("file 1").first().waitFor();
  await isForEveryone(page, "the files of a room");
  assertEquals(await dialog.locator(".room-files > li").count(), 3);
  await robot.ask({ type: "delete_message", room: "general", seq: 4 });
  await becomes(page, () => document.querySelectorAll(".room-files > li").length, 2);
  await dialog.getByRole("button", { name: /^Robot/ }).last().click();
  await becomes(page, () => document.querySelectorAll("dialog").length, 0);
  await robot.close();
  return [alice];
});

browserTest(
  "a paste from a file manager attaches the file; a folder is refused",
  async ({ url }) => {
    const alice = await Visitor.at(url, "Alice");
    const { page } = alice;
    const paste = (text: string, name: string) =>
      page.evaluate(([text, name]) => {
        const data = new DataTransfer();
        data.items.add(new File(["bytes"], name!, { type: "text/plain" }));
        data.setData("text/plain", text!);
        const about = { bubbles: true, cancelable: true, clipboardData: data };
        return document.querySelector(".composer textarea")!
          .dispatchEvent(new ClipboardEvent("paste", about));
      }, [text, name]);
    const tray = page.getByRole("list", { name: "Files to send" });
    assertEquals(await paste("/documents/notes.txt", "notes.txt"), false);
    await tray.getByText("notes.txt").waitFor();
    // A part of a document is text, though it comes with a picture of itself.
    assertEquals(await paste("a sentence", "image.png"), true);
    assertEquals(await tray.getByRole("listitem").count(), 1);
    await page.evaluate(() => {
      const data = new DataTransfer();
      const folder = new File([], "holiday");
      folder.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("a folder")) }) as never;
      data.items.add(folder);
      Object.defineProperty(data, "files", { value: [folder] });
      const event = new ClipboardEvent("paste", { bubbles: true, clipboardData: data });
      Object.defineProperty(event, "clipboardData", { value: data });
      document.querySelector(".composer textarea")!.dispatchEvent(event);
    });
    await tray.getByText("Folders can't be sent", { exact: false }).waitFor();
    return [alice];
  },
);

browserTest("a program's video and photo without thumbnails are shown as well", async (server) => {
  const token = await server.signIn("Robot");
  const alice = await Visitor.at(server.url, "Alice");
  const clip = await video(alice.page);
  const robot = await server.member(token);
  await robot.ask({ type: "join", room: "general" });
  const answers = [
    await upload(server, token, "general", clip, "robot.webm"),
    await upload(server, token, "general", png(300, 200), "robot.png"),
  ];
  const files = answers.map(({ body }) => body.id);
  await robot.ask({ type: "room_message", room: "general", message: "look", files });
  const play = alice.page.getByRole("button", { name: "Play robot.webm" });
  const space = await play.boundingBox();
  await play.click();
  const box = await alice.page.locator("video").boundingBox();
  assertEquals([box?.width, box?.height], [space?.width, space?.height]);
  await becomes(
    alice.page,
    () => document.querySelector<HTMLImageElement>('img[alt="robot.png"]')?.naturalWidth ?? 0,
    300,
  );
  assertGreater(clip.length, 1_000);
  // The viewer turns from the video to the photo and back, by keys and by a swipe above the controls.
  const { page } = alice;
  const isPlaying = () => {
    const players = [...document.querySelectorAll("video")];
    return players.map(({ paused, readyState }) => !paused && readyState > 0);
  };
  await page.getByRole("button", { name: "Show robot.webm large" }).click();
  const shown = (name: string) => page.getByRole("dialog", { name });
  await shown("robot.webm").getByText("1 of 2").waitFor();
  await page.waitForFunction(() =>
    document.querySelector<HTMLVideoElement>(".viewer video")?.videoWidth
  );
  await isForEveryone(page, "a video in the viewer");
  await shoot(page, "viewer-video");
  await page.keyboard.press("ArrowRight");
  await shown("robot.png").getByText("2 of 2").waitFor();
  await page.keyboard.press("ArrowLeft");
  const large = await shown("robot.webm").locator("video").boundingBox();
  assert(large !== null && large.width > 1_000 && large.height > 400);
  const swipe = async (y: number) => {
    await page.mouse.move(large.x + 600, y);
    await page.mouse.down();
    await page.mouse.move(large.x + 400, y);
    await page.mouse.up();
  };
  await swipe(large.y + large.height - 30);
  await shown("robot.webm").waitFor();
  await swipe(large.y + 100);
  await shown("robot.png").waitFor();
  await page.keyboard.press("Escape");
  // So does the list of the room's files.
  await alice.sheet("Files");
  await page.getByRole("dialog").getByRole("button", { name: "Play robot.webm" }).click();
  await shown("robot.webm").getByText("look").waitFor();
  await becomes(page, () => document.querySelectorAll(".viewer video").length, 1);
  assertEquals((await page.evaluate(isPlaying)).filter((one) => one).length <= 1, true);
  await page.keyboard.press("Escape");
  await shoot(page, "files-list");
  await robot.close();
  return [alice];
});
