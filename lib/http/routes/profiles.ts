/**
 * The routes of what users say about themselves, and of the server's own emoji.
 *
 * @module
 */
import * as v from "valibot";
import { isModerator } from "../../auth/permissions.ts";
import type { Moderation } from "../../chat/moderation.ts";
import { profileTag } from "../../chat/replies.ts";
import type { PresenceState } from "../../protocol/frames.ts";
import type { PersonWithProfile } from "../../protocol/responses.ts";
import { fileRequest } from "../../protocol/schemas/requests.ts";
import type { Account } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../util/clock.ts";
import { problem } from "../problem.ts";
import { wireUse } from "./person_use.ts";
import { json, picture, type Route } from "./route.ts";

/** The dependencies of `profileRoutes`. */
export interface ProfileRouteOptions {
  readonly store: Pick<
    Store,
    "accountByPublicId" | "profileOf" | "avatar" | "emojiPicture" | "useOf" | "moderationLog"
  >;
  readonly clock: Clock;
  readonly moderation: Pick<Moderation, "mutedUntil">;
  /** Whether an account is connected, at any instance. */
  readonly stateOf: (account: Account) => PresenceState;
}

/** Returns the routes of profiles. */
export function profileRoutes(
  { store, clock, moderation, stateOf }: ProfileRouteOptions,
): readonly Route[] {
  /** Until when an account is muted, and who muted it. */
  async function muteOf(account: Account): Promise<Pick<PersonWithProfile, "muted">> {
    const until = moderation.mutedUntil(account);
    if (until === null) return {};
    const query = { before: null, limit: 1, subjectId: account.publicId, action: "mute" };
    const [entry] = await store.moderationLog(query);
    return { muted: { until, ...(entry === undefined ? {} : { by: entry.by }) } };
  }

  return [
    {
      method: "GET",
      path: "/api/people/{id}",
      about: "A user, with what the user says about themselves",
      answers: { 200: "PersonWithProfile" },
      refuses: ["no_such_user"],
      access: "accounts",
      async handle({ params, identity }) {
        const account = await store.accountByPublicId(params.id ?? "");
        if (account === null) return problem({ code: "no_such_user" });
        const profile = profileTag(account, await store.profileOf(account.id), clock.now());
        const online = stateOf(account) !== "offline";
        const isSelf = account.id === identity.account.id;
        const uses = isSelf ? await store.useOf([account.id]) : null;
        const use = wireUse(uses?.get(account.id));
        const muted = isSelf || isModerator(identity.account) ? await muteOf(account) : {};
        return json<PersonWithProfile>({
          ...profile,
          role: account.role,
          online,
          ...(account.deactivated ? { deactivated: true } : {}),
          ...muted,
          ...use,
        });
      },
    },
    {
      method: "GET",
      path: "/api/avatars/{id}",
      about: "The picture of a user",
      answers: { 200: "*/*" },
      refuses: ["not_found"],
      access: "accounts",
      async handle({ params }) {
        const avatar = v.is(fileRequest, params.id) ? await store.avatar(params.id) : null;
        if (avatar === null) return problem({ code: "not_found" });
        return picture(avatar);
      },
    },
    {
      method: "GET",
      path: "/api/emoji/{id}",
      about: "The picture of an emoji of the server's own",
      answers: { 200: "*/*" },
      refuses: ["not_found"],
      access: "accounts",
      async handle({ params }) {
        const found = v.is(fileRequest, params.id) ? await store.emojiPicture(params.id) : null;
        return found === null ? problem({ code: "not_found" }) : picture(found);
      },
    },
  ];
}
