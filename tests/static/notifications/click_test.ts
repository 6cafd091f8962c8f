/** Where a click on a notification of the service worker leads. */
import { assertEquals } from "@std/assert";
import { notificationOf } from "../../../static/notifications/content.ts";
import { handlePushes, type PushWorker } from "../../../static/notifications/service_worker.ts";

/** Clicks a notification; returns what the open window was told, or else the address opened. */
async function clicked(
  note: Parameters<typeof notificationOf>[0],
  isOpen: boolean,
): Promise<unknown> {
  let led: unknown;
  const open = {
    url: "https://chat.example/",
    focused: false,
    focus: () => Promise.resolve(),
    postMessage: (message: unknown) => led = message,
  };
  const worker = Object.assign(new EventTarget(), {
    clients: {
      matchAll: () => Promise.resolve(isOpen ? [open] : []),
      openWindow: (url: string) => Promise.resolve(led = url),
    },
    registration: { showNotification: () => Promise.resolve() },
  }) satisfies PushWorker;
  handlePushes(worker);
  const { options: { data } } = notificationOf(note);
  const done: Promise<unknown>[] = [];
  worker.dispatchEvent(Object.assign(new Event("notificationclick"), {
    notification: { data, close: () => {} },
    waitUntil: (until: Promise<unknown>) => done.push(until),
  }));
  await Promise.all(done);
  return led;
}

Deno.test("a click leads to what is new in the room, or to the message that only a thread shows", async () => {
  const note = { room: "general", room_id: "r1", sender: "Bob", text: "Tea?", seq: 7 };
  assertEquals(await clicked(note, true), { open: "id:r1", seq: undefined });
  assertEquals(await clicked(note, false), "/#/id:r1");
  assertEquals(await clicked({ ...note, jump: true }, true), { open: "id:r1", seq: 7 });
  assertEquals(await clicked({ ...note, jump: true }, false), "/#/id:r1/7");
});
