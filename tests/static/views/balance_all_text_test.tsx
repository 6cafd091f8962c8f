// Where text of users reaches the page: no place can be forgotten.
import { assert, assertEquals } from "@std/assert";
import { Fragment, options } from "preact";
import { renderToString } from "preact-render-to-string";
import { balanceAllText } from "../../../static/views/shared/balance_all_text.ts";
import { filesUnder, readText, withoutComments } from "../../support/sources.ts";

const TURNED = "a\u202eb\u2067c";
const STRAY = "\u2069";
const CLOSED = `${TURNED}\u2069\u202c`;

Deno.test("every text and every label of the page is balanced, wherever it comes from", () => {
  const before = options.vnode;
  const texts = [TURNED, ["x", TURNED]];
  const Passed = ({ label, children }: { label: string; children: unknown }) => (
    <button type="button" title={label} aria-label={label}>{children as string}</button>
  );
  try {
    balanceAllText();
    assertEquals(
      renderToString(
        <p dir="auto">
          <bdi>{TURNED}</bdi>
          {texts}
          <Passed label={TURNED}>{TURNED}</Passed>
          <Fragment key="x">{TURNED}</Fragment>
          <img alt={TURNED} />
          <a download={TURNED}>{STRAY}</a>
          <input placeholder={TURNED} value={TURNED} />
        </p>,
      ),
      `<p dir="auto"><bdi>${CLOSED}</bdi>${CLOSED}x${CLOSED}` +
        `<button type="button" title="${CLOSED}" aria-label="${CLOSED}">${CLOSED}</button>` +
        `${CLOSED}<img alt="${CLOSED}"/><a download="${CLOSED}"></a>` +
        `<input placeholder="${CLOSED}" value="${TURNED}"/></p>`,
    );
    // What a view passes on is not changed: it may be shown elsewhere, or edited.
    assertEquals(texts, [TURNED, ["x", TURNED]]);
  } finally {
    if (before === undefined) delete options.vnode;
    else options.vnode = before;
  }
});

/** What a label may put together: texts of the page, which isolate their values, and its shortcuts. */
const SAFE = /^(?:isolated\(|t\.|strings\.|deferredStrings\.|props\.label$|shortcut\.shown$)/;

Deno.test("the page puts texts of users together by one function", async () => {
  const folders = ["static/views", "static/state", "static/notifications"];
  const files = (await Promise.all(folders.map(filesUnder))).flat();
  let labels = 0;
  for (const file of [...files, "static/app.tsx"]) {
    const source = withoutComments(await readText(file));
    const joins = source.match(/\.join\("(?:, | · | – |: )"\)/g);
    assertEquals(joins, null, `${file}: join shown texts with joined() of strings/isolate.ts`);
    for (const [, title] of source.matchAll(/document\.title = (.*)/g)) {
      assert(title?.includes("joined("), `${file}: the title of the page is joined()`);
    }
    const made = source.matchAll(/\b(?:title|label|alt|placeholder)=\{[^`\n]*`([^`]*)`/g);
    for (const [, template = ""] of made) {
      labels += 1;
      for (const [, part = ""] of template.matchAll(/\$\{([^}]*)/g)) {
        assert(SAFE.test(part), `${file}: a label has ${part}: use a message, or isolated()`);
      }
    }
  }
  // The search finds what it looks for.
  assert(labels >= 3);
});
