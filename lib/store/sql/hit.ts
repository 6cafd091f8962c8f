import { highlight, sequencesOf, type Wanted } from "../../protocol/text/words.ts";
import type { Hit, RoomRecord, SearchQuery, StoredMessage } from "../records.ts";
import { cutSnippet } from "./text.ts";

/** The words and phrases of a search, or `null` if it can find nothing. */
export function wantedBy({ query, phrases = [] }: SearchQuery): Wanted | null {
  const wanted = { words: query ?? "", phrases };
  const isByWords = query !== null || phrases.length > 0;
  return isByWords && sequencesOf(wanted).length === 0 ? null : wanted;
}

/** A message that a search found, with the part of its text that matches. */
export function toHit(room: RoomRecord, message: StoredMessage, wanted: Wanted): Hit {
  const highlights = highlight(message.text, wanted);
  return { room, message, ...cutSnippet({ snippet: message.text, highlights }) };
}
