/**
 * The part of `Store` for the server's own emoji. The contract of `store.ts` holds here too. An emoji
 * is named by the text that stands for it: `:name:`.
 *
 * @module
 */
import type { NamePage } from "../util/name_index.ts";
import type { Avatar } from "./profiles.ts";
import type { Account } from "./records.ts";

/** An emoji of the server's own. */
export interface CustomEmoji {
  /** The text that stands for it. */
  readonly emoji: string;
  /** The id of its picture. */
  readonly picture: string;
  /** Who added it; `null` if that account is gone. */
  readonly creator: Account | null;
}

/** What an emoji is added with. */
export interface NewEmoji extends Avatar {
  readonly emoji: string;
  readonly picture: string;
  /** The account that adds it. */
  readonly creator: number;
  readonly at: number;
}

/** The server's own emoji. */
export interface EmojiStore {
  /** Adds an emoji. @returns `false`, without effect, if there is one with this text. */
  addEmoji(emoji: NewEmoji): Promise<boolean>;
  /** Deletes an emoji. @returns `false` if there is none. */
  deleteEmoji(emoji: string): Promise<boolean>;
  /** Finds an emoji by its text. */
  findEmoji(emoji: string): Promise<CustomEmoji | null>;
  /** A page of all emoji, by their texts. */
  listEmoji(page: NamePage): Promise<readonly CustomEmoji[]>;
  /** Those that an account has added. */
  emojiOf(account: number): Promise<readonly CustomEmoji[]>;
  /** Whether there are this many, or more. */
  hasEmoji(count: number): Promise<boolean>;
  /** A picture, by its id. */
  emojiPicture(id: string): Promise<Avatar | null>;
}
