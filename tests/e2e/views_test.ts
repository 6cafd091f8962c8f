/** Checks every view of the contact sheet with axe, on a phone and on a desktop, in light and in dark. */
import { assertEquals } from "@std/assert";
import { isForEveryone } from "./support/axe.ts";
import { ignore, useBrowser, Visitor } from "./support/browser.ts";
import { isOn, SCREENS, startViewServers, VIEWS, type ViewServers } from "./support/views.ts";

useBrowser();

let servers: ViewServers;
Deno.test.beforeAll(async () => {
  if (!ignore) servers = await startViewServers();
});
Deno.test.afterAll(async () => {
  if (!ignore) await servers[Symbol.asyncDispose]();
});

for (const screen of ["phone", "desktop"] as const) {
  for (const [name, view] of Object.entries(VIEWS)) {
    if (!isOn(screen, view)) continue;
    Deno.test({
      name: `accessibility: ${name} on a ${screen}`,
      ignore,
      async fn() {
        const visitor = await Visitor.open("about:blank", {
          reducedMotion: "reduce",
          ...SCREENS[screen],
        });
        const { page } = visitor;
        await servers.enter(view.of ?? "member", page);
        await view.open(page, screen === "phone");
        await isForEveryone(page, name);
        assertEquals(visitor.complaints, []);
        await visitor.context.close();
      },
    });
  }
}
