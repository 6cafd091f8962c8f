import { assertEquals } from "@std/assert";
import { decodePage, describePage, shownText } from "../../lib/previews/describe_page.ts";

const encoder = new TextEncoder();

Deno.test("a page is described by Open Graph, then by its own title and description", () => {
  const head = `<title> The
    title </title><meta name=description content="what it is">`;
  assertEquals(describePage(head), {
    ...{ title: "The title", description: "what it is", image: null },
  });
  const graph = `${head}<meta property="og:title" content="Better &amp; shorter">
    <meta property="og:description" content=""><meta property='og:image' content=' /a.png '>
    <meta property="og:title" content="second"><META NAME="twitter:description" CONTENT="card">`;
  assertEquals(describePage(graph), {
    ...{ title: "Better & shorter", description: "card", image: "/a.png" },
  });
  assertEquals(
    describePage(`${graph}<meta property="og:image:secure_url" content="b">`)?.image,
    "b",
  );
});

Deno.test("what is no head describes nothing", () => {
  assertEquals(describePage(""), null);
  assertEquals(describePage("<p>text</p>"), null);
  assertEquals(describePage("<title> </title>"), null);
  assertEquals(describePage('<body><title>t</title><meta property="og:title" content="t">'), null);
  assertEquals(
    describePage('<script>"<title>no</title>"</script><!-- <title>no</title> -->'),
    null,
  );
  assertEquals(describePage("<svg><title>icon</title></svg><title>late</title>")?.title, "icon");
  assertEquals(describePage("<title>same</title><meta name=description content=same>"), {
    ...{ title: "same", description: null, image: null },
  });
});

Deno.test("texts of a page are one short line without tricks", () => {
  assertEquals(shownText("a\u202e\u0000b\u200b\n\tc \ud800", 99), "ab c \ufffd");
  assertEquals(shownText("🙂🙂🙂🙂", 3), "🙂🙂…");
  assertEquals(shownText("x".repeat(1_000_000), 200).length, 200);
  assertEquals(describePage(`<title>${"<b>".repeat(3)}</title>`)?.title, "<b><b><b>");
});

Deno.test("a page is decoded as the response, its mark or its head says", () => {
  const latin = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
  assertEquals(decodePage(latin, "text/html; charset=ISO-8859-1"), "café");
  assertEquals(decodePage(encoder.encode("café"), "text/html"), "café");
  assertEquals(decodePage(encoder.encode("café"), "text/html; charset=nonsense"), "café");
  const named = Uint8Array.of(...encoder.encode('<meta charset="windows-1252">'), ...latin);
  assertEquals(decodePage(named, "text/html"), '<meta charset="windows-1252">café');
  const older = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">';
  const euro = Uint8Array.of(...encoder.encode(older), 0xa4);
  assertEquals(decodePage(euro, "text/html").at(-1), "€");
  assertEquals(decodePage(Uint8Array.of(0xff, 0xfe, 0x61, 0), "text/html; charset=utf-8"), "a");
  assertEquals(decodePage(encoder.encode('<meta charset="utf-16">é'), "text/html").at(-1), "é");
});
