/**
 * What a search knows of a message, in both stores: the terms of its text and of the names of its
 * files, and its tags.
 *
 * @module
 */
import { type Analyzer, createAnalyzer } from "../../protocol/text/words.ts";

/** What a message can have or be: the values of the operators `has:` and `is:`. */
export type Tag = "file" | "image" | "link" | "pinned" | "thread";

/** The content of a message as far as searches know it. */
export interface Searchable {
  readonly text: string;
  /** Name and type of each file. */
  readonly files: readonly (readonly [name: string, type: string | null])[];
  readonly pinned: boolean;
  /** Whether it is in a thread, as its root or as a reply. */
  readonly inThread: boolean;
}

/** A message in the index. */
export interface SearchDocument {
  /** In order, with `_` where no phrase goes on. */
  readonly terms: readonly string[];
  readonly tags: readonly Tag[];
}

/** Reads messages. */
export interface DocumentReader {
  /** All that the index has of a message. */
  documentOf(message: Searchable): SearchDocument;
  /** Its tags alone. */
  tagsOf(message: Searchable): readonly Tag[];
}

/**
 * Makes a reader. A thread receives the source text of this function: it must not refer to anything
 * outside.
 */
export function createDocumentReader({ indexTerms }: Analyzer): DocumentReader {
  const link = /https?:\/\/[^\s<>]/i;

  function tagsOf({ text, files, pinned, inThread }: Searchable): readonly Tag[] {
    const tags: Tag[] = [];
    if (files.length > 0) tags.push("file");
    if (files.some(([, type]) => type?.startsWith("image/"))) tags.push("image");
    if (link.test(text)) tags.push("link");
    if (pinned) tags.push("pinned");
    if (inThread) tags.push("thread");
    return tags;
  }

  function documentOf(message: Searchable): SearchDocument {
    const names = message.files.flatMap(([name]) => ["_", ...indexTerms(name)]);
    return { terms: [...indexTerms(message.text), ...names], tags: tagsOf(message) };
  }

  return { documentOf, tagsOf };
}

const reader = createDocumentReader(createAnalyzer());

/** All that the index has of a message. */
export function documentOf(message: Searchable): SearchDocument {
  return reader.documentOf(message);
}

/** The tags of a message. */
export function tagsOf(message: Searchable): readonly Tag[] {
  return reader.tagsOf(message);
}
