/**
 * What a forwarded message takes over from the original. The sender must be able to read the
 * original at the moment of the act; the copy then has its own text and files, so that deleting the
 * original does not break it.
 *
 * @module
 */
import type { Forwarded } from "../chat/events/forwarded.ts";
import type { Room } from "../chat/room.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Refusal } from "../protocol/errors.ts";
import type { Account, Append, StoredMessage } from "../store/records.ts";
import type { CommandContext } from "./context.ts";

/** The message to forward, as a command names it. */
export interface OriginalAddress {
  readonly room_id: string;
  readonly seq: number;
}

/** A message, and the room that it is in. */
interface Original {
  readonly room: Room;
  readonly message: StoredMessage;
}

type NewMessage = Omit<Extract<Append, { kind: "message" }>, "room" | "sender" | "at">;

/**
 * Makes a message of an original: with its text, below what the sender says about it, and with copies
 * of its files, as uploads of the sender.
 *
 * @param said The message as its sender wrote it.
 * @returns The message; or why the sender may not forward the original.
 */
export async function copyOf(
  context: CommandContext,
  account: Account,
  room: Room,
  said: NewMessage,
  address: OriginalAddress,
): Promise<NewMessage & { readonly files: readonly string[] } | Refusal> {
  const original = await originalOf(context, account, address);
  if ("code" in original) return original;
  const content = contentOf(said, original);
  if (content.text.length > LIMITS.message_length) return { code: "too_long" };
  // Copying takes a while: the sender may lose either room meanwhile, and the original may be deleted.
  const authorize = async () => {
    const now = await originalOf(context, account, address);
    return "code" in now ? now : context.partedFrom(room, account);
  };
  const files: string[] = [];
  for (const file of original.message.files ?? []) {
    const copy = await context.copyFile(file, account, room, authorize);
    if (typeof copy !== "string") {
      await dropFiles(context, files);
      return copy;
    }
    files.push(copy);
  }
  const parted = context.partedFrom(original.room, account) ?? context.partedFrom(room, account);
  if (parted !== null) {
    await dropFiles(context, files);
    return parted;
  }
  return { ...content, files };
}

/** Discards copies of files that no message has got. */
export async function dropFiles(
  { store }: CommandContext,
  files: readonly string[],
): Promise<void> {
  for (const id of files) await store.dropFile(id);
}

/** Finds a message that a user can read now. */
async function originalOf(
  context: CommandContext,
  account: Account,
  { room_id, seq }: OriginalAddress,
): Promise<Original | Refusal> {
  const room = await context.memberRoom(account, { room_id });
  if ("code" in room) return room;
  const [message] = await context.store.messagesAt([{ room: room.id, seq }]);
  const parted = context.partedFrom(room, account);
  if (parted !== null) return parted;
  return message === undefined || message.deleted ? { code: "no_such_message" } : { room, message };
}

function contentOf(said: NewMessage, { room, message }: Original): NewMessage {
  const isKnown = room.record.kind === "public";
  const forwarded: Forwarded = message.forwarded ?? {
    ...(isKnown ? { room: room.record.name, room_id: room.record.publicId, seq: message.seq } : {}),
    ...{ sender: message.sender, sender_id: message.senderId, at: message.at },
  };
  // A quotation mentions nobody.
  if (said.text.trim() === "") return { ...said, text: message.text, mentions: null, forwarded };
  return { ...said, text: `${said.text}\n\n${quoted(message.text)}`, forwarded };
}

/** Makes a quotation of a text, in Markdown. */
export function quoted(text: string): string {
  return `> ${text.replaceAll("\n", "\n> ")}`;
}
