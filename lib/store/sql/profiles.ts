/** The statements of `ProfileStore`, the same for every backend. @module */
import type { Profile, ProfileStore } from "../profiles.ts";
import {
  accountColumns,
  bytes,
  intOrNull,
  type Row,
  storedText,
  text,
  textOrNull,
  toAccount,
} from "./rows.ts";
import type { SqlAccess } from "./run.ts";
import { encodeText } from "./text.ts";

const COLUMNS = `p.display_name, p.status_emoji, p.status_text, p.status_until, p.avatar`;
const NOTHING: Profile = { displayName: null, status: null, avatar: null };

const IS_STAFF = `EXISTS (SELECT 1 FROM profiles p JOIN accounts a ON a.id = p.account
  WHERE p.skeleton = $1 AND a.role IN ('owner', 'moderator', 'bot') AND a.id <> $2)`;
const LOOKS_LIKE_ANOTHER = `SELECT 1 AS found WHERE ${IS_STAFF}
  OR EXISTS (SELECT 1 FROM accounts WHERE skeleton = $1 AND id <> $2)`;

const BEGIN = "INSERT INTO profiles (account) VALUES ($1) ON CONFLICT DO NOTHING";

/** Makes the part of a store from the access to its database. */
export function profileStore({ read, write, each }: SqlAccess): ProfileStore {
  const finds = async (sql: string, ...values: (string | number)[]) =>
    (await read(sql, values)).length > 0;
  return {
    async profileOf(account) {
      const [row] = await read(`SELECT ${COLUMNS} FROM profiles p WHERE p.account = $1`, [account]);
      return row === undefined ? NOTHING : toProfile(row);
    },
    async profilesNamed(folded) {
      if (folded.length === 0) return [];
      const rows = await read(
        `SELECT ${COLUMNS}, ${
          accountColumns("a")
        } FROM accounts a JOIN profiles p ON p.account = a.id
         WHERE a.folded IN (${each("$1")})`,
        [JSON.stringify(folded.map(encodeText))],
      );
      return rows.map((row) => ({ account: toAccount(row), profile: toProfile(row) }));
    },
    async setProfile(account, { displayName, status, avatar }) {
      const skeleton = encodeText(displayName?.skeleton ?? "");
      if (displayName && await finds(LOOKS_LIKE_ANOTHER, skeleton, account)) return false;
      await write(BEGIN, [account]);
      if (displayName !== undefined) {
        const name = displayName === null ? null : encodeText(displayName.name);
        await write("UPDATE profiles SET display_name = $2, skeleton = $3 WHERE account = $1", [
          ...[account, name, displayName === null ? null : skeleton],
        ]);
      }
      if (status !== undefined) {
        await write(
          `UPDATE profiles SET status_emoji = $2, status_text = $3, status_until = $4
           WHERE account = $1`,
          [
            account,
            status && encodeText(status.emoji),
            status && encodeText(status.text),
            status && status.until,
          ],
        );
      }
      if (avatar !== undefined) {
        await write("DELETE FROM avatars WHERE account = $1", [account]);
        if (avatar !== null) {
          const { id, type, bytes } = avatar;
          await write("INSERT INTO avatars (id, account, type, bytes) VALUES ($1, $2, $3, $4)", [
            ...[id, account, type, bytes],
          ]);
        }
        const id = avatar === null ? null : avatar.id;
        await write("UPDATE profiles SET avatar = $2 WHERE account = $1", [account, id]);
      }
      return true;
    },
    isDisplayNameOfStaff: (skeleton) =>
      finds(`SELECT 1 AS found WHERE ${IS_STAFF}`, encodeText(skeleton), 0),
    async avatar(id) {
      const [row] = await read("SELECT type, bytes FROM avatars WHERE id = $1", [id]);
      return row === undefined
        ? null
        : { type: storedText(row, "type"), bytes: bytes(row, "bytes") };
    },
    isUploader: (file, account) =>
      finds(
        "SELECT 1 AS found FROM files WHERE id = $1 AND uploader = $2 AND type IS NOT NULL",
        file,
        account,
      ),
  };
}

function toProfile(row: Row): Profile {
  const emoji = textOrNull(row, "status_emoji");
  return {
    displayName: textOrNull(row, "display_name"),
    status: emoji === null
      ? null
      : { emoji, text: text(row, "status_text"), until: intOrNull(row, "status_until") },
    avatar: textOrNull(row, "avatar"),
  };
}
