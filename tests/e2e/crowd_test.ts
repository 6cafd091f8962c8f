/** A server with more people than anybody is told of unasked, in a real browser. */
import { LIMITS } from "../../lib/protocol.ts";
import type { Peer } from "../support/peer.ts";
import { browserTest, useBrowser, Visitor } from "./support/browser.ts";

useBrowser();

browserTest(
  "on a large server one sees of those one looks at whether they are here",
  async (server) => {
    const crowd: Peer[] = [];
    while (crowd.length < LIMITS.listed_people) {
      const names = Array.from({ length: 20 }, (_, i) => `Guest ${crowd.length + i}`);
      crowd.push(...await Promise.all(names.map((name) => server.guest(name))));
    }
    const anna = await Visitor.at(server.url, "Anna");
    const { page } = anna;
    const list = page.getByRole("navigation");
    await list.getByText("101 people online in all").waitFor();

    // Bob comes when the list is full: nobody is told of him unasked.
    const token = await server.signIn("Bob");
    const bob = await server.member(token);
    await anna.button("Show members").click();
    const members = page.getByRole("complementary", { name: "Members" });
    await members.getByRole("button", { name: /Bob.*online/ }).waitFor();
    await bob.close();
    await members.getByRole("button", { name: /Bob.*offline/ }).waitFor();
    const again = await server.member(token);
    await members.getByRole("button", { name: /Bob.*online/ }).waitFor();

    // Who wrote to somebody sees whether they are here, wherever they look.
    await page.getByTitle("About Bob").first().click();
    await anna.button("Send a direct message").click();
    await anna.say("Are you there?");
    const conversation = list.getByRole("button", { name: /Bob/ }).first();
    await conversation.getByText("online:").waitFor({ state: "attached" });
    await again.close();
    await conversation.getByText("offline:").waitFor({ state: "attached" });

    // What the server says of how many there are is what stands there.
    await Promise.all(crowd.slice(50).map((peer) => peer.close()));
    // It is told with each answer: there is one when others are shown.
    await anna.meet("Guest 0");
    await list.getByText("people online in all").waitFor({ state: "detached" });
    await Promise.all(crowd.slice(0, 50).map((peer) => peer.close()));
    return [anna];
  },
);
