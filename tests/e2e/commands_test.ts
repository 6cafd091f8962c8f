/** The commands of bots, in a real browser. */
import { assertEquals } from "@std/assert";
import type { Peer } from "../support/peer.ts";
import { startServerFixture } from "../support/server_fixture.ts";
import { ignore, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

const PHONE = { width: 390, height: 780 };

const COMMANDS = [
  { command: "weather", description: "Says how the weather is", hint: "<city>" },
  { command: "wiki", description: "Finds an article" },
];

/** A bot that answers each call to its caller alone. */
async function answerCalls(bot: Peer, count: number): Promise<readonly string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const { call_id, text } = await bot.take("command_called");
    texts.push(text);
    const message = `In **${text}** it is sunny, 21 °C.`;
    await bot.ask({ type: "answer_command", call_id, message });
  }
  return texts;
}

for (const [device, viewport] of [["desktop", undefined], ["phone", PHONE]] as const) {
  Deno.test({
    name:
      `a command is completed and answered to its caller alone, and an unknown one is refused: ${device}`,
    ignore,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using server = await startServerFixture();
      const bot = await server.member(await server.bot("Sky"));
      await bot.ask({ type: "join", room: "general" });
      await bot.ask({ type: "offer_commands", commands: COMMANDS });
      const alice = await Visitor.at(server.url, "Alice", viewport);
      const { page, composer } = alice;
      const answering = answerCalls(bot, 1);

      await composer.pressSequentially("/w");
      const options = page.getByRole("option");
      await options.first().waitFor();
      assertEquals(await options.locator(".completion-name").allTextContents(), [
        "/weather",
        "/wiki",
      ]);
      await composer.press("Tab");
      await composer.pressSequentially("Zürich");
      await composer.press("Enter");
      assertEquals(await answering, ["Zürich"]);
      const call = page.getByRole("region", { name: "Your command /weather" });
      await call.getByText("In Zürich it is sunny, 21 °C.").waitFor();
      await call.getByText("Only you see this.").waitFor();

      // It is not posted, and its text is not lost.
      await composer.fill("/tea please");
      await composer.press("Enter");
      await page.getByText("No bot in this room has the command /tea.").waitFor();
      assertEquals(await composer.inputValue(), "/tea please");
      await alice.button("Send as message").click();
      await alice.messages("/tea please").waitFor();
      await composer.fill("//weather is a command");
      await composer.press("Enter");
      await alice.messages("/weather is a command").waitFor();
      await call.getByRole("button", { name: "Dismiss" }).click();
      await call.waitFor({ state: "detached" });

      const { messages } = await (await server.request("/api/rooms/general/messages", {
        token: server.olga,
      })).json();
      assertEquals(messages.map(({ message }: { message: string }) => message), [
        "/tea please",
        "/weather is a command",
      ]);
      assertEquals(alice.complaints, []);
      await alice.context.close();
      await bot.close();
    },
  });
}
