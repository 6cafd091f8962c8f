import { defineEvent } from "./event.ts";
import { knownRights } from "./rights.ts";

/** `room_changed`: a moderator of the room has changed what the room is. It has what was changed. */
export const roomChanged = defineEvent({
  kind: "room_changed",
  type: "room_changed",
  action: "manage_room",
  about: "a change of the room itself; only the fields that were changed are present",
  fields: {
    name: { type: "text", optional: true, about: "its new name" },
    title: { type: "text", optional: true, about: "its new topic; empty for none" },
    visibility: { type: "text", wire: "kind", optional: true, about: "`public` or `private`" },
    archived: { type: "boolean", optional: true, about: "whether it is archived: only to be read" },
    locked: { type: "boolean", optional: true, about: "whether only moderators can write" },
    slowSeconds: {
      type: "number",
      wire: "slow_seconds",
      optional: true,
      about: "how many seconds a member waits between two messages; 0 for none",
    },
    threads: { type: "boolean", optional: true, about: "whether replies can be put into threads" },
    retentionDays: {
      type: "number",
      wire: "retention_days",
      optional: true,
      sparse: true,
      about: "after how many days its messages are deleted; 0 for no limit of its own",
    },
    previews: { type: "boolean", optional: true, about: "whether links get previews" },
    mayPost: {
      type: "text",
      wire: "may_post",
      optional: true,
      about: "who may post: `everyone` or `hosts`",
    },
    mayInvite: {
      type: "text",
      wire: "may_invite",
      optional: true,
      about: "who may invite: `everyone` or `hosts`",
    },
    mayPin: {
      type: "text",
      wire: "may_pin",
      optional: true,
      about: "who may pin: `everyone` or `hosts`",
    },
  },
  refuses: () => null,
  changes: () => ({}),
  changesRoom: (
    {
      name,
      title,
      visibility,
      archived,
      locked,
      slowSeconds,
      threads,
      retentionDays = null,
      previews,
      ...rights
    },
  ) => ({
    // A conversation without a name becomes a room by its name.
    ...(name === null ? {} : { name, people: null }),
    ...(title === null ? {} : { title }),
    // A kind that only a later version knows is left out.
    ...(visibility === "public" || visibility === "private" ? { kind: visibility } : {}),
    ...(archived === null ? {} : { archived }),
    ...(locked === null ? {} : { locked }),
    ...(slowSeconds === null ? {} : { slowMs: slowSeconds * 1_000 }),
    ...(threads === null ? {} : { threads }),
    ...(retentionDays === null ? {} : { retentionDays }),
    ...(previews === null ? {} : { previews }),
    ...knownRights(rights),
  }),
});
