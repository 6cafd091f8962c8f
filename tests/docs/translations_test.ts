/** What the server says to users, in the languages of the page. */
import { assert, assertEquals } from "@std/assert";
import { ERRORS } from "../../lib/protocol/errors.ts";
import { LANGUAGES } from "../../static/strings/language.ts";
import { needs } from "../support/permissions.ts";
import { readText, sources } from "../support/sources.ts";

/** Lists the sentences of refusals: those of the table, and the more exact ones. */
async function sentences(): Promise<ReadonlySet<string>> {
  const paths = (await sources()).filter((path) => /^lib\/(commands|auth)\//.test(path));
  const exact = (await Promise.all(paths.map(readText)))
    .flatMap((text) => [...text.matchAll(/\bmessage:\s*"([^"]+)"/g)].map(([, said = ""]) => said));
  return new Set([...Object.values(ERRORS).map(({ message }) => message), ...exact]);
}

for (const language of Object.keys(LANGUAGES).filter((one) => one !== "en")) {
  Deno.test({
    name: `static/strings/${language}/errors.json has every sentence that the server says`,
    ...needs("read"),
    async fn() {
      const texts = JSON.parse(await readText(`static/strings/${language}/errors.json`));
      const missing = [...await sentences()].filter((said) => !Object.hasOwn(texts, said));
      assertEquals(missing, [], "Add their translations");
      assert(Object.values(texts).every((text) => typeof text === "string" && text !== ""));
    },
  });
}
