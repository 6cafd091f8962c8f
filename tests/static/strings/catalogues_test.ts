/** The catalogues of texts against each other, against `placeholders.json` and the sources. */
import { assert, assertEquals } from "@std/assert";
import {
  isMessage,
  type MessagePattern,
  type Texts,
} from "../../../static/strings/format_message.ts";
import { LANGUAGES } from "../../../static/strings/language.ts";
import { needs } from "../../support/permissions.ts";

const STATIC = new URL("../../../static/", import.meta.url);
const STRINGS = new URL("strings/", STATIC);
const FILES = ["page", "deferred", "sign_in"] as const;
/** What the page calls the texts of each file. */
const NAMES = { page: "strings", deferred: "deferredStrings", sign_in: "signInStrings" };
const permissions = needs("read");

type File = typeof FILES[number];

function readJson(path: string): Promise<Texts> {
  return Deno.readTextFile(new URL(path, STRINGS)).then(JSON.parse);
}

/** The messages of a catalogue, by their keys with dots between them. */
function messagesOf(texts: Texts, path = ""): Map<string, MessagePattern> {
  return new Map(
    Object.entries(texts).flatMap(([key, entry]) =>
      isMessage(entry) ? [[path + key, entry]] : [...messagesOf(entry, `${path}${key}.`)]
    ),
  );
}

async function readMessages(language: string, file: File): Promise<Map<string, MessagePattern>> {
  return messagesOf(await readJson(`${language}/${file}.json`));
}

function formsOf(message: MessagePattern): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function placeholdersIn(message: MessagePattern): string[] {
  const found = formsOf(message).flatMap((text) => text.match(/(?<=\{)\w+(?=\})/g) ?? []);
  return [...new Set(found)].sort();
}

/** The placeholders that `placeholders.json` names for each message of a file. */
function namedPlaceholders(examples: Texts, path = ""): Map<string, string[]> {
  return new Map(
    Object.entries(examples).flatMap(([key, entry]): [string, string[]][] =>
      Object.values(entry).some((value) => typeof value === "object")
        ? [...namedPlaceholders(entry as Texts, `${path}${key}.`)]
        : [[path + key, Object.keys(entry).sort()]]
    ),
  );
}

/** Calls a function with each message of each language. */
async function forEachMessage(
  check: (language: string, key: string, message: MessagePattern) => void,
): Promise<void> {
  for (const language of Object.keys(LANGUAGES)) {
    for (const file of FILES) {
      for (const [key, message] of await readMessages(language, file)) {
        check(language, `${language}/${file}.json: ${key}`, message);
      }
    }
  }
}

Deno.test({
  name: "every language has the keys of English, and no other",
  ...permissions,
  async fn() {
    for (const file of FILES) {
      const english = [...(await readMessages("en", file)).keys()].sort();
      for (const language of Object.keys(LANGUAGES)) {
        const keys = [...(await readMessages(language, file)).keys()].sort();
        assertEquals(keys, english, `${language}/${file}.json`);
      }
    }
  },
});

Deno.test({
  name: "every language has a folder in static/strings, and every folder a language",
  ...permissions,
  async fn() {
    const entries = await Array.fromAsync(Deno.readDir(STRINGS));
    const folders = entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
    assertEquals(folders.sort(), Object.keys(LANGUAGES).sort());
  },
});

Deno.test({
  name: "no text is empty, and braces enclose placeholders only",
  ...permissions,
  async fn() {
    await forEachMessage((_, key, message) => {
      for (const text of formsOf(message)) {
        assert(text.trim() !== "" && text === text.trim(), key);
        assert(!/[{}]/.test(text.replaceAll(/\{\w+\}/g, "")), key);
      }
    });
  },
});

Deno.test({
  name: "a message takes the same placeholders in every language as in placeholders.json",
  ...permissions,
  async fn() {
    const placeholders = await readJson("placeholders.json");
    for (const file of FILES) {
      const named = namedPlaceholders(placeholders[file] as Texts);
      for (const language of Object.keys(LANGUAGES)) {
        const used = [...await readMessages(language, file)]
          .map(([key, message]) => [key, placeholdersIn(message)] as const)
          .filter(([, names]) => names.length > 0);
        assertEquals(new Map(used), named, `${language}/${file}.json`);
      }
    }
  },
});

Deno.test({
  name: "a message that counts has a form for each plural category of its language, and no other",
  ...permissions,
  async fn() {
    await forEachMessage((language, key, message) => {
      if (typeof message === "string") return;
      const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
      assertEquals(Object.keys(message).sort(), pluralCategories.sort(), key);
      assert(message.other.includes("{count}"), key);
    });
  },
});

/** The sources of the page, without the catalogues. */
async function readSources(directory = STATIC): Promise<string[]> {
  const sources: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (isDirectory) sources.push(...await readSources(new URL(`${name}/`, directory)));
    if (/\.tsx?$/.test(name)) sources.push(await Deno.readTextFile(new URL(name, directory)));
  }
  return sources;
}

/**
 * The keys that a source uses, of messages and of whole groups: `strings.log.today`, `t.today`
 * after `const t = strings.log`, `today` in `const { today } = t`, a group in `t[name]`.
 */
function usedKeys(source: string, root: string): Set<string> {
  const aliases = new Map([[root, new Set([""])]]);
  const keys = new Set<string>();
  const keysOf = (name: string, rest: string) =>
    [...aliases.get(name) ?? []].map((group) => `${group}${rest}`.replace(/^\./, ""));
  const alias = /\bconst (\w+)(?:: [^=]+)? = (\w+)((?:\.\w+)*);/g;
  for (const [, name = "", from = "", rest = ""] of source.matchAll(alias)) {
    aliases.set(name, new Set([...aliases.get(name) ?? [], ...keysOf(from, rest)]));
  }
  const destructured = /\bconst \{([^}]+)\} = (\w+)((?:\.\w+)*);/g;
  for (const [, names = "", from = "", rest = ""] of source.matchAll(destructured)) {
    for (const name of names.match(/\w+/g) ?? []) {
      for (const key of keysOf(from, `${rest}.${name}`)) keys.add(key);
    }
  }
  const used = source.replaceAll(alias, "").replaceAll(destructured, "");
  for (const [, name = "", rest = ""] of used.matchAll(/(?<!\.)\b(\w+)((?:\.\w+)+|(?=\[))/g)) {
    for (const key of keysOf(name, rest)) keys.add(key);
  }
  return keys;
}

Deno.test({
  name: "the page uses every text",
  ...permissions,
  async fn() {
    const sources = await readSources();
    for (const file of FILES) {
      const used = new Set(sources.flatMap((source) => [...usedKeys(source, NAMES[file])]));
      const unused = [...(await readMessages("en", file)).keys()].filter((key) => {
        const parts = key.split(".");
        return !parts.some((_, i) => used.has(parts.slice(0, i + 1).join(".")));
      });
      assertEquals(unused, [], `en/${file}.json`);
    }
  },
});
