/**
 * The commands about what users say about themselves. Everyone who watches a user is told.
 *
 * @module
 */
import * as answer from "../chat/replies.ts";
import type { Refusal } from "../protocol/errors.ts";
import { AVATAR_BYTES, AVATAR_SIDE } from "../protocol/limits.ts";
import { clientFrames } from "../protocol/schemas/frames.ts";
import { isEmoji } from "../protocol/text/emoji.ts";
import type { ProfileChange } from "../store/profiles.ts";
import { skeletonOf } from "../util/confusables.ts";
import { type Act, command, type CommandRows } from "./command.ts";
import { pictureOf } from "./pictures.ts";

/** The commands about profiles. */
export const profileCommands: CommandRows<"set_profile"> = {
  set_profile: command({
    schema: clientFrames.set_profile,
    requires: "anyone",
    countsAsActivity: true,
    handle: setProfile,
  }),
};

async function setProfile(act: Act<"set_profile">): Promise<Refusal | void> {
  const { context, connection, account, command } = act;
  const { store, clock, moderation, effects, reservedNames } = context;
  if (account.role === "guest") return { code: "forbidden", message: "Guests have no profile." };
  const { display_name: name, status } = command;
  const refusal = moderation.refusesSpeaking(account);
  if (refusal !== null) return refusal;
  if (name && reservedNames.has(name) && account.role !== "owner") return { code: "name_reserved" };
  if (status && status.emoji !== "" && !isEmoji(status.emoji)) return { code: "bad_emoji" };
  const avatar = await avatarOf(act);
  if (avatar && "code" in avatar) return avatar;
  const change: ProfileChange = {
    ...(name === undefined
      ? {}
      : { displayName: name === null ? null : { name, skeleton: skeletonOf(name) } }),
    ...(status === undefined ? {} : {
      status: status && { ...status, until: status.until ?? null },
    }),
    ...(avatar === undefined ? {} : { avatar }),
  };
  // The sender may have been muted meanwhile.
  const muted = moderation.refusesSpeaking(account);
  if (muted !== null) return muted;
  if (!await store.setProfile(account.id, change)) return { code: "name_taken" };
  const profile = await store.profileOf(account.id);
  effects.emit({ type: "profile", account, profile }, connection);
  context.answer(connection, {
    type: "profile",
    ...answer.profileTag(account, profile, clock.now()),
  }, command);
}

/** The picture that a command names; `null` to remove it. */
async function avatarOf(
  { context, account, command: { avatar: id } }: Act<"set_profile">,
): Promise<ProfileChange["avatar"] | Refusal> {
  if (id === undefined || id === null) return id;
  return await pictureOf(context, account, id, { side: AVATAR_SIDE, bytes: AVATAR_BYTES });
}
