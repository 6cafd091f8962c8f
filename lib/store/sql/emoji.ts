/** The statements of `EmojiStore`, the same for every backend. @module */
import type { CustomEmoji, EmojiStore } from "../emoji.ts";
import { bindPage } from "./name_page.ts";
import { accountColumns, bytes, type Row, storedText, text, toAccountOrNull } from "./rows.ts";
import type { SqlAccess } from "./run.ts";
import { encodeText } from "./text.ts";

const SELECT = `SELECT e.emoji, e.picture, ${accountColumns("a")}
  FROM custom_emoji e LEFT JOIN accounts a ON a.id = e.creator`;

const ADD = `INSERT INTO custom_emoji (emoji, picture, creator, created_at, type, bytes)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING emoji`;

const PAGE = `${SELECT} WHERE e.emoji >= $1 AND e.emoji > $2 AND e.emoji < $3
  ORDER BY e.emoji LIMIT $4`;

const NTH = "SELECT emoji FROM custom_emoji WHERE emoji > '' ORDER BY emoji LIMIT 1 OFFSET $1";

/** Makes the part of a store from the access to its database. */
export function emojiStore({ read, write }: SqlAccess): EmojiStore {
  return {
    async addEmoji({ emoji, picture, creator, at, type, bytes }) {
      const values = [encodeText(emoji), picture, creator, at, type, bytes];
      return (await write(ADD, values)).length > 0;
    },
    async deleteEmoji(emoji) {
      const sql = "DELETE FROM custom_emoji WHERE emoji = $1 RETURNING emoji";
      return (await write(sql, [encodeText(emoji)])).length > 0;
    },
    async findEmoji(emoji) {
      const [row] = await read(`${SELECT} WHERE e.emoji = $1`, [encodeText(emoji)]);
      return row === undefined ? null : toEmoji(row);
    },
    async listEmoji(page) {
      const { begins, after, end, limit } = bindPage(page);
      return (await read(PAGE, [begins, after, end, limit])).map(toEmoji);
    },
    async emojiOf(account) {
      const sql = `${SELECT} WHERE e.creator = $1 ORDER BY e.emoji`;
      return (await read(sql, [account])).map(toEmoji);
    },
    hasEmoji: async (count) => (await read(NTH, [count - 1])).length > 0,
    async emojiPicture(id) {
      const [row] = await read("SELECT type, bytes FROM custom_emoji WHERE picture = $1", [id]);
      return row === undefined
        ? null
        : { type: storedText(row, "type"), bytes: bytes(row, "bytes") };
    },
  };
}

function toEmoji(row: Row): CustomEmoji {
  const [emoji, picture] = [text(row, "emoji"), storedText(row, "picture")];
  return { emoji, picture, creator: toAccountOrNull(row) };
}
