import { assertEquals } from "@std/assert";
import { attachmentsToMarkdown, blocksToMarkdown } from "../../lib/slack/blocks.ts";
import { toMarkdown } from "../../lib/slack/text.ts";

const references = {
  person: (id: string) => ({ U1: "Ada" })[id],
  channel: (id: string) => ({ C1: "general" })[id],
  emoji: (name: string) => ({ wave: "👋", "wave::skin-tone-3": "👋🏼" })[name],
};

const text = (words: string, style?: object) => ({ type: "text", text: words, style });
const section = (...elements: object[]) => ({ type: "rich_text_section", elements });
const rich = (...elements: object[]) => [{ type: "rich_text", elements }];

Deno.test("blocks become Markdown", () => {
  for (
    const [blocks, expected] of [
      [
        rich(section(
          text("See "),
          text("this ", { bold: true }),
          text("a`b", { code: true }),
          text(" and", { italic: true, strike: true }),
          text(" "),
          { type: "user", user_id: "U1" },
          text(" "),
          { type: "user", user_id: "U9" },
          text(" "),
          { type: "channel", channel_id: "C1" },
          text(" "),
          { type: "usergroup", usergroup_id: "S1" },
          text(" "),
          { type: "broadcast", range: "here" },
          text(" "),
          { type: "emoji", name: "wave", skin_tone: 3 },
          { type: "emoji", name: "parrot" },
        )),
        "See **this** ``a`b`` ~~_and_~~ @Ada @U9 #general @S1 @here 👋🏼:parrot:",
      ],
      [
        rich(section(
          { type: "link", url: "https://a.example/X_(Y)", text: "[a]" },
          text(" "),
          { type: "link", url: "https://a.example" },
          { type: "link", url: "javascript:alert(1)", text: " no link" },
        )),
        "[\\[a\\]](https://a.example/X_%28Y%29) https://a.example no link",
      ],
      [
        rich(
          section(text("List:\n")),
          { type: "rich_text_list", style: "bullet", elements: [section(text("a"))] },
          { type: "rich_text_list", style: "bullet", indent: 1, elements: [section(text("b\nc"))] },
          {
            type: "rich_text_list",
            style: "ordered",
            offset: 2,
            elements: [section(text("d")), section(text("e"))],
          },
          { type: "rich_text_quote", elements: [text("said\ntwice")] },
          { type: "rich_text_preformatted", elements: [text("*x*\n```y```")] },
        ),
        "List:\n- a\n   - b\n      c\n3. d\n4. e\n> said\n> twice\n````\n*x*\n```y```\n````",
      ],
      [
        [
          { type: "header", text: { type: "plain_text", text: "Deploy :wave:" } },
          {
            type: "section",
            text: { type: "mrkdwn", text: "*done* &amp; <@U1>" },
            fields: [{ type: "mrkdwn", text: "_one_" }, { type: "plain_text", text: "*two*" }],
            accessory: { type: "image", image_url: "https://a.example/i.png", alt_text: "graph" },
          },
          { type: "divider" },
          {
            type: "context",
            elements: [
              { type: "mrkdwn", text: "by *Ada*" },
              { type: "image", image_url: "https://a.example/a.png", alt_text: "face" },
            ],
          },
          {
            type: "actions",
            elements: [
              {
                type: "button",
                url: "https://a.example/go",
                text: { type: "plain_text", text: "Go" },
              },
            ],
          },
          {
            type: "image",
            title: { type: "plain_text", text: "Chart" },
            image_url: "https://a.example/c.png",
            alt_text: "a chart",
          },
          { type: "markdown", text: "**as it is**" },
          { type: "of_tomorrow", text: { type: "plain_text", text: "something new" } },
        ],
        [
          "**Deploy 👋**",
          "**done** & @Ada\n_one_\n*two*\n[graph](https://a.example/i.png)",
          "---",
          "by **Ada** [face](https://a.example/a.png)",
          "[Go](https://a.example/go)",
          "Chart\n[a chart](https://a.example/c.png)",
          "**as it is**",
          "something new",
        ].join("\n\n"),
      ],
      [
        [{ type: "table", rows: [[{ type: "raw_text", text: "a" }, ...rich(section(text("b")))]] }],
        "a | b",
      ],
      [null, ""],
      [[null, 1, "x", [], {}], ""],
    ] as const
  ) {
    assertEquals(blocksToMarkdown(blocks, references), expected);
  }
});

Deno.test("attachments become quotes, and previews of links are left out beside a text", () => {
  const alert = {
    pretext: "*New* alert",
    author_name: "Monitor",
    title: "Disk [full]",
    title_link: "https://a.example/1",
    text: "It is &gt; 90 %",
    fields: [{ title: "Host", value: "`db1`" }, { title: "", value: "now" }],
    image_url: "https://a.example/graph.png",
    footer: "monitor",
    fallback: "not shown",
  };
  const shown = [
    "**New** alert",
    "",
    "> **Monitor**",
    "> [Disk \\[full\\]](https://a.example/1)",
    "> It is > 90 %",
    "> **Host** `db1`",
    "> now",
    "> https://a.example/graph.png",
    "> monitor",
  ].join("\n");
  assertEquals(attachmentsToMarkdown([alert], references, true), shown);
  assertEquals(attachmentsToMarkdown([{ fallback: "only this" }], references, false), "only this");
  const preview = { from_url: "https://b.example", title: "B", text: "a preview" };
  assertEquals(attachmentsToMarkdown([preview], references, true), "");
  assertEquals(attachmentsToMarkdown([preview], references, false), "> **B**\n> a preview");
  const shared = { ...preview, is_share: true, author_name: "Ada", title: "" };
  assertEquals(attachmentsToMarkdown([shared], references, true), "> **Ada**\n> a preview");
  const blocks = rich(section(text("inside")));
  assertEquals(attachmentsToMarkdown([{ blocks }], references, false), "> inside");
});

Deno.test("Slack's emoji, dates, links and blocks of code become Markdown", () => {
  for (
    const [said, expected] of [
      [":wave: :wave::skin-tone-3: :parrot: at 10:30:wave:", "👋 👋🏼 :parrot: at 10:30:wave:"],
      ["`:wave:` ```:wave:```", "`:wave:` ```:wave:```"],
      ["<!date^1392734382^Posted {date}^https://a.example|Feb 18>", "[Feb 18](https://a.example)"],
      ["<!date^1392734382^{date}|Feb 18>", "Feb 18"],
      ["<!date^1392734382^{date}>", "2014-02-18T14:39:42.000Z"],
      ["<!channel> <!everyone|@everyone> <!subteam^S1>", "@channel @everyone @S1"],
      [
        "<https://a.example/X_(Y)|see [it] &lt;3>",
        "[see \\[it\\] <3](https://a.example/X_%28Y%29)",
      ],
      ["*<https://a.example/*b*|c*d*>*", "**[c*d*](https://a.example/*b*)**"],
      ["&amp;lt; &amp;amp;", "&lt; &amp;"],
      ["so:```*a*\n<@U1> &lt;```then", "so:\n```\n*a*\n<@U1> <\n```\nthen"],
      ["*a *b* ~c~d *e\nf*", "*a **b** ~c~d *e\nf*"],
    ] as const
  ) {
    assertEquals(toMarkdown(said, references), expected);
  }
});
