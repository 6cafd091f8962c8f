/** Dialogs wait for the answers to what they send: the notices of the page are below them. */
import { assert, assertEquals } from "@std/assert";

const VIEWS = new URL("../../../static/views/", import.meta.url);

/** The sources of what is shown in dialogs. */
const FOLDERS = ["dialogs/", "settings/"];

Deno.test("a dialog sends nothing without waiting for the answer, but requests for lists", () => {
  const files = FOLDERS.flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, VIEWS))].map(({ name }) => folder + name)
  );
  const sent = [...files, "room/sheet.tsx"].flatMap((file) => {
    const code = Deno.readTextFileSync(new URL(file, VIEWS));
    const orders = code.matchAll(/type: "order",\s*order: \{\s*type: "(\w+)"/g);
    return [...orders].map(([, type = ""]) => ({ file, type }));
  });
  assert(sent.length > 0);
  const isList = (type: string) => type.startsWith("list_") || type === "moderation_log";
  assertEquals(sent.filter(({ type }) => !isList(type)), []);
});

Deno.test("the button that submits a form stands out from the others", () => {
  const plain = [...FOLDERS, "room/", "composer/"].flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, VIEWS))].flatMap(({ name }) => {
      const code = Deno.readTextFileSync(new URL(folder + name, VIEWS));
      const buttons = code.match(/type="submit"[^>]*>/g) ?? [];
      return buttons.filter((button) => !/class=.*(primary|danger|send)/.test(button))
        .map((button) => `${folder}${name}: ${button}`);
    })
  );
  assertEquals(plain, []);
});
