/** A server with more users than it broadcasts presence for, in a real browser. */
import { LIMITS } from "../../lib/protocol/limits.ts";
import type { Peer } from "../support/peer.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest(
  "on a large server the page shows the presence of the users in view",
  async (server) => {
    const crowd: Peer[] = [];
    while (crowd.length < LIMITS.listed_people) {
      const names = Array.from({ length: 20 }, (_, i) => `Guest ${crowd.length + i}`);
      crowd.push(...await Promise.all(names.map((name) => server.guest(name))));
    }
    const anna = await Visitor.at(server.url, "Anna");
    const { page } = anna;
    const list = page.getByRole("navigation");
    await list.getByText("101 online").waitFor();

    // Bob connects when the list is full: his presence is not broadcast.
    const token = await server.signIn("Bob");
    const bob = await server.member(token);
    await anna.button("Show members").click();
    const members = page.getByRole("complementary", { name: "Members" });
    await members.getByRole("button", { name: /Bob.*online/ }).waitFor();
    await bob.close();
    await members.getByRole("button", { name: /Bob.*offline/ }).waitFor();
    const again = await server.member(token);
    await members.getByRole("button", { name: /Bob.*online/ }).waitFor();

    // A conversation shows the other user's presence everywhere.
    await page.getByTitle("About Bob").first().click();
    await anna.button("Send a direct message").click();
    await anna.say("Are you there?");
    const conversation = list.getByRole("button", { name: /Bob/ }).first();
    await conversation.getByText("online:").waitFor({ state: "attached" });
    await again.close();
    await conversation.getByText("offline:").waitFor({ state: "attached" });

    // The list shows the server's online count.
    await Promise.all(crowd.slice(50).map((peer) => peer.close()));
    // Each answer carries the count, and showing others causes one.
    await anna.meet("Guest 0");
    await list.getByText(/^\d+ online$/).waitFor({ state: "detached" });
    await Promise.all(crowd.slice(0, 50).map((peer) => peer.close()));
    return [anna];
  },
);
